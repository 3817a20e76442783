/// Why a text is no quantity, in Kubernetes' words.
package enum QuantityError: Error, Sendable, Equatable, CustomStringConvertible {
    case format
    case suffix

    package var description: String {
        switch self {
        case .format:
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        case .suffix: "unable to parse quantity's suffix"
        }
    }
}

extension Quantity {
    /// Digits of a fraction that are looked at; more are beyond 10^-18.
    private static let fractionDigits = 18

    /// - Parameter text: such as `200Mi`, `0.1`, `1e3`, `-5m`.
    package init(_ text: String) throws(QuantityError) {
        var bytes = Array(text.utf8)[...]
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        func take(while condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
            let taken = bytes.prefix(while: condition)
            bytes = bytes.dropFirst(taken.count)
            return taken
        }
        let sign = bytes.first
        if sign == 43 || sign == 45 { bytes.removeFirst() }
        let whole = take(while: isDigit)
        var fraction: ArraySlice<UInt8> = []
        if bytes.first == 46 {
            bytes.removeFirst()
            fraction = take(while: isDigit)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { throw .format }
        let suffix = bytes
        _ = take(while: "eEinumkKMGTP".utf8.contains)
        if bytes.first == 43 || bytes.first == 45 { bytes.removeFirst() }
        _ = take(while: isDigit)
        guard bytes.isEmpty else { throw .format }

        let scale = try Scale(String(decoding: suffix, as: UTF8.self))
        let isLong = fraction.dropFirst(Self.fractionDigits).contains { $0 != 48 }
        fraction = fraction.prefix(Self.fractionDigits)
        var nanos = scale.apply(to: Self.number(whole), digits: 0)
        let rest = scale.apply(to: Self.number(fraction), digits: fraction.count)
        nanos = nanos.addingReportingOverflow(rest).overflow ? .max : nanos + rest
        if isLong && nanos < .max { nanos += 1 }
        let isSmall = nanos > 0 && nanos < Self.unit
        self.init(
            nanos: sign == 45 ? -nanos : nanos,
            format: scale.format == .binarySI && isSmall ? .decimalSI : scale.format)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int128 {
        var number: Int128 = 0
        for digit in digits {
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int128(digit - 48))
            if overflow || carry { return .max }
            number = sum
        }
        return number
    }

    /// What a suffix multiplies by: 2^`binary` * 10^`decimal`.
    private struct Scale {
        var binary = 0
        var decimal = 0
        var format = Format.decimalSI

        init(_ suffix: String) throws(QuantityError) {
            if let index = Quantity.decimalSuffixes.firstIndex(of: suffix) {
                decimal = index * 3 - 9
            } else if let index = Quantity.binarySuffixes.firstIndex(of: suffix) {
                binary = (index + 1) * 10
                format = .binarySI
            } else if let first = suffix.first, first == "e" || first == "E", let exponent = Int32(suffix.dropFirst()) {
                decimal = Int(exponent)
                format = .decimalExponent
            } else {
                throw .suffix
            }
        }

        /// `number` * 10^-`digits` scaled, in nanos.
        func apply(to number: Int128, digits: Int) -> Int128 {
            guard number > 0 else { return 0 }
            var result = number.multipliedSaturating(by: Int128(1) << Int128(binary))
            let power = decimal - digits + 9
            // 10^39 is over Int128: saturated above, one billionth below.
            for _ in 0..<min(max(power, 0), 39) { result = result.multipliedSaturating(by: 10) }
            guard power < 0 else { return result }
            guard power > -39, result < .max else { return result < .max ? 1 : .max }
            var divisor: Int128 = 1
            for _ in 0..<(-power) { divisor = divisor.multipliedSaturating(by: 10) }
            return result.dividedRoundingUp(by: divisor)
        }
    }
}

extension Quantity: Codable {
    package init(from decoder: any Decoder) throws {
        guard let tree = decoder as? TreeDecoder else {
            self = try Quantity(decoder.singleValueContainer().decode(String.self))
            return
        }
        let text: String
        switch tree.node.content {
        case .null: text = "0"
        case .string(let written): text = written
        case .int(let number): text = String(number)
        // YAML's 1e3 is a number, which JSON writes as 1000.
        case .number(let number, let written): text = Int64(exactly: number).map { String($0) } ?? written
        case .bool, .sequence, .mapping: throw tree.failure("\(QuantityError.format)")
        }
        do {
            try self.init(text)
        } catch {
            throw tree.failure("\(error)")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
