/// A resource quantity, exact to 10^-9 (apimachinery's resource.Quantity).
///
/// Finer values are rounded up, away from zero, as Kubernetes does. The magnitude is kept up to about 1.7 * 10^29 and
/// saturates there; validation refuses everything above 2^63-1 long before.
package struct Quantity: Sendable {
    /// How the text is written; taken over from what was parsed.
    package enum Format: Sendable {
        /// n u m "" k M G T P E
        case decimalSI
        /// Ki Mi Gi Ti Pi Ei
        case binarySI
        /// e3, e6
        case decimalExponent
    }

    /// Billionths.
    package private(set) var nanos: Int128
    package private(set) var format: Format

    /// Zero.
    package init() {
        nanos = 0
        format = .decimalSI
    }

    package init(nanos: Int128, format: Format = .decimalSI) {
        self.nanos = nanos
        self.format = format
    }

    package init(value: Int64, format: Format = .decimalSI) {
        self.init(nanos: Int128(value) * Self.unit, format: format)
    }

    package init(milliValue: Int64) {
        self.init(nanos: Int128(milliValue) * Self.milli)
    }

    static let unit: Int128 = 1_000_000_000
    static let milli: Int128 = 1_000_000

    /// Whole units, rounded up; saturates at Int64's ends (Go overflows to 0 there, which reads as "no limit").
    package var value: Int64 { Int64(clamping: nanos.dividedRoundingUp(by: Self.unit)) }

    /// Thousandths, rounded up; saturates.
    package var milliValue: Int64 { Int64(clamping: nanos.dividedRoundingUp(by: Self.milli)) }

    package var isZero: Bool { nanos == 0 }
    package var isNegative: Bool { nanos < 0 }
    package var isInteger: Bool { nanos % Self.unit == 0 }

    /// Whether `value` is exact: the quantity is at most 2^63-1.
    package var fitsInt64: Bool { Int64(exactly: nanos.dividedRoundingUp(by: Self.unit)) != nil }

    /// Kubernetes' defaulting of resource lists: nothing finer than a thousandth.
    package var roundedUpToMilli: Quantity {
        Quantity(nanos: nanos.dividedRoundingUp(by: Self.milli).multipliedSaturating(by: Self.milli), format: format)
    }

    package static func + (a: Quantity, b: Quantity) -> Quantity {
        let (sum, overflow) = a.nanos.addingReportingOverflow(b.nanos)
        return Quantity(nanos: overflow ? (a.nanos < 0 ? .min : .max) : sum, format: a.isZero ? b.format : a.format)
    }
}

extension Quantity: Comparable, Hashable {
    package static func == (a: Quantity, b: Quantity) -> Bool { a.nanos == b.nanos }
    package static func < (a: Quantity, b: Quantity) -> Bool { a.nanos < b.nanos }
    package func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}

extension Quantity: CustomStringConvertible {
    package var description: String { text }

    /// The canonical text: no fraction, the largest suffix that keeps it exact.
    package var text: String {
        guard nanos != 0 else { return "0" }
        if format == .binarySI, nanos.magnitude >= 1024 * Self.unit.magnitude, isInteger { return binaryText }
        var number = nanos
        var exponent = -9
        while number % 1000 == 0 && exponent < 18 {
            number /= 1000
            exponent += 3
        }
        if format == .decimalExponent { return exponent == 0 ? "\(number)" : "\(number)e\(exponent)" }
        return "\(number)" + Self.decimalSuffixes[(exponent + 9) / 3]
    }

    private var binaryText: String {
        var number = nanos / Self.unit
        var index = 0
        while number % 1024 == 0 && index < Self.binarySuffixes.count {
            number /= 1024
            index += 1
        }
        return "\(number)" + (index == 0 ? "" : Self.binarySuffixes[index - 1])
    }

    static let decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
    static let binarySuffixes = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
}

extension Int128 {
    /// Away from zero, as Kubernetes rounds: a little of a resource never becomes none.
    func dividedRoundingUp(by divisor: Int128) -> Int128 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder == 0 ? quotient : quotient + remainder.signum()
    }

    func multipliedSaturating(by factor: Int128) -> Int128 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? ((self < 0) == (factor < 0) ? .max : .min) : product
    }
}
