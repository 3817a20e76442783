/// A seccomp filter as data: names, not numbers. `PodLinux` compiles it; equal plans give equal filters, so the
/// value is a cache key.
package struct SeccompPlan: Sendable, Hashable {
    /// For a known system call that no rule matches.
    package var defaultAction: SeccompAction
    /// ABIs that the filter holds for besides the native one. A call by another ABI kills the process.
    package var architectures: [SeccompArchitecture]
    /// Rules of one call are alternatives: the call takes the action of the rule whose conditions all hold.
    package var rules: [SeccompRule]

    package init(defaultAction: SeccompAction, architectures: [SeccompArchitecture], rules: [SeccompRule]) {
        self.defaultAction = defaultAction
        self.architectures = architectures
        self.rules = rules
    }
}

package enum SeccompAction: Sendable, Hashable {
    case allow
    /// The call fails with this errno.
    case fail(UInt32)
    case killProcess
    case killThread
    case trap
    case log
    case trace(UInt32)
}

package struct SeccompRule: Sendable, Hashable {
    package var action: SeccompAction
    /// System call names; one that an architecture does not have is skipped there.
    package var names: [String]
    /// All must hold, each for another argument; empty: always.
    package var conditions: [SeccompCondition]

    package init(action: SeccompAction, names: [String], conditions: [SeccompCondition] = []) {
        self.action = action
        self.names = names
        self.conditions = conditions
    }
}

/// `argument[index] comparison value`, unsigned 64 bits. For `maskedEqual`: `argument & value == valueTwo` (the OCI
/// field order, which libseccomp's SCMP_CMP_MASKED_EQ shares).
package struct SeccompCondition: Sendable, Hashable {
    package var index: UInt32
    package var comparison: SeccompComparison
    package var value: UInt64
    package var valueTwo: UInt64

    package init(index: UInt32, comparison: SeccompComparison, value: UInt64, valueTwo: UInt64 = 0) {
        self.index = index
        self.comparison = comparison
        self.value = value
        self.valueTwo = valueTwo
    }
}

package enum SeccompComparison: String, Sendable, Hashable, CaseIterable {
    case notEqual = "SCMP_CMP_NE"
    case less = "SCMP_CMP_LT"
    case lessOrEqual = "SCMP_CMP_LE"
    case equal = "SCMP_CMP_EQ"
    case greaterOrEqual = "SCMP_CMP_GE"
    case greater = "SCMP_CMP_GT"
    case maskedEqual = "SCMP_CMP_MASKED_EQ"
}

package enum SeccompArchitecture: String, Sendable, Hashable, CaseIterable {
    case x86_64 = "SCMP_ARCH_X86_64"
    case x86 = "SCMP_ARCH_X86"
    case x32 = "SCMP_ARCH_X32"
    case aarch64 = "SCMP_ARCH_AARCH64"
    case arm = "SCMP_ARCH_ARM"

    /// The machine that podrun was built for.
    package static var native: SeccompArchitecture {
        #if arch(arm64)
            return .aarch64
        #else
            return .x86_64
        #endif
    }
}
