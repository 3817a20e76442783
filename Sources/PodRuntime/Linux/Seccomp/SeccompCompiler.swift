import CSeccomp
import CShim
import Glibc
import PodPlanning

/// Turns a filter's plan into the BPF program that the child loads. Costs milliseconds: callers keep the bytes.
package enum SeccompCompiler {
    /// - Returns: `struct sock_filter[]`, 8 bytes each.
    package static func bpf(_ plan: SeccompPlan) throws(SeccompError) -> [UInt8] {
        guard let context = seccomp_init(plan.defaultAction.number) else {
            throw SeccompError("make a seccomp filter", 12)
        }
        defer { seccomp_release(context) }
        for architecture in plan.architectures where seccomp_arch_exist(context, architecture.number) != 0 {
            try check("add architecture \(architecture.rawValue)", seccomp_arch_add(context, architecture.number))
        }
        // A binary tree over the call numbers: a filter of 400 rules costs a dozen comparisons.
        try check("optimize", seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2))
        for rule in plan.rules where rule.action != plan.defaultAction {
            let conditions = rule.conditions.map {
                scmp_arg_cmp(
                    arg: $0.index, op: $0.comparison.number, datum_a: $0.value, datum_b: $0.valueTwo)
            }
            for name in rule.names {
                let call = seccomp_syscall_resolve_name(name)
                // __NR_SCMP_ERROR: newer or older than this libseccomp.
                if call == -1 { continue }
                try check(
                    "add a rule for \(name)",
                    seccomp_rule_add_array(context, rule.action.number, call, UInt32(conditions.count), conditions))
            }
        }
        return try export(context)
    }

    private static func export(_ context: scmp_filter_ctx) throws(SeccompError) -> [UInt8] {
        let descriptor = podrun_memfd("podrun-seccomp")
        guard descriptor >= 0 else { throw SeccompError("make a memfd", ENOMEM) }
        let file = Descriptor(descriptor)
        try check("export", seccomp_export_bpf(context, file.raw))
        let size = Int(lseek(file.raw, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: max(size, 0))
        guard size > 0, size % 8 == 0, pread(file.raw, &bytes, size, 0) == size else {
            throw SeccompError("read the exported filter", EIO)
        }
        return bytes
    }

    private static func check(_ call: String, _ result: Int32) throws(SeccompError) {
        if result < 0 { throw SeccompError(call, -result) }
    }
}

package struct SeccompError: Error, CustomStringConvertible {
    package let description: String

    init(_ call: String, _ errno: Int32) {
        description = "compile seccomp filter: \(call): \(SyscallError.text(of: errno))"
    }
}

// libseccomp's numbers are macros with arguments, which Swift can't see (seccomp.h).
extension SeccompAction {
    fileprivate var number: UInt32 {
        switch self {
        case .allow: 0x7fff_0000
        case .fail(let errno): 0x0005_0000 | errno & 0xffff
        case .killProcess: 0x8000_0000
        case .killThread: 0
        case .trap: 0x0003_0000
        case .log: 0x7ffc_0000
        case .trace(let message): 0x7ff0_0000 | message & 0xffff
        }
    }
}

extension SeccompComparison {
    fileprivate var number: scmp_compare {
        switch self {
        case .notEqual: SCMP_CMP_NE
        case .less: SCMP_CMP_LT
        case .lessOrEqual: SCMP_CMP_LE
        case .equal: SCMP_CMP_EQ
        case .greaterOrEqual: SCMP_CMP_GE
        case .greater: SCMP_CMP_GT
        case .maskedEqual: SCMP_CMP_MASKED_EQ
        }
    }
}

extension SeccompArchitecture {
    fileprivate var number: UInt32 {
        switch self {
        case .x86_64: 0xc000_003e
        case .x86: 0x4000_0003
        case .x32: 0x4000_003e
        case .aarch64: 0xc000_00b7
        case .arm: 0x4000_0028
        }
    }
}
