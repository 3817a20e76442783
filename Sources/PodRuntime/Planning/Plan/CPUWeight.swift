import Glibc

/// CPU shares and the `cpu.weight` that stands for them. Two formulas on purpose: the kubelet converts linearly for the
/// QoS and pod levels, today's runc converts container levels so that 1024 shares give weight 100 (cgroup v2's
/// default).
package enum CPUWeight {
    package static let minimumShares: Int64 = 2
    package static let maximumShares: Int64 = 262_144

    /// Shares of a request in thousandths of a CPU; 0 gives the minimum.
    package static func shares(milliCPU: Int64) -> Int64 {
        guard milliCPU > 0 else { return minimumShares }
        let (product, overflow) = milliCPU.multipliedReportingOverflow(by: 1024)
        return overflow ? maximumShares : min(max(product / 1000, minimumShares), maximumShares)
    }

    /// The kubelet's formula (QoS and pod cgroups): 2 -> 1, 102 -> 4, 1024 -> 39, 262144 -> 10000.
    package static func linear(shares: Int64) -> Int64 {
        1 + (shares - 2) * 9999 / 262_142
    }

    /// runc's formula since 1.3.2 (container cgroups): 2 -> 1, 102 -> 17, 1024 -> 100, 262144 -> 10000.
    package static func container(shares: Int64) -> Int64 {
        if shares <= minimumShares { return 1 }
        if shares >= maximumShares { return 10_000 }
        let l = log2(Double(shares))
        let exponent = (l * l + 125 * l) / 612 - 7.0 / 34
        return Int64(pow(10, exponent).rounded(.up))
    }
}
