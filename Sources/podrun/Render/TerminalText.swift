/// Text from containers and images made harmless for a terminal.
enum TerminalText {
    /// Control characters but newline and tab as kubectl shows them: `^[` for escape, `\r` for carriage return.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if scalar == "\r" {
                shown += "\\r"
            } else if isControl(scalar) {
                shown += caret(scalar.value)
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.value < 0x20 && scalar != "\n" && scalar != "\t") || (0x7f...0x9f).contains(scalar.value)
    }

    private static func caret(_ value: UInt32) -> String {
        value < 0x80 ? "^" + String(UnicodeScalar(UInt8(truncatingIfNeeded: value ^ 0x40))) : "?"
    }

    /// Log bytes for a terminal: colours (SGR sequences) pass, every other control byte is shown. Bytes, not
    /// characters, because logs need not be text; a sequence cut in two by the end of a piece of output is kept back.
    struct LogFilter {
        private var kept: [UInt8] = []
        private static let longestSequence = 32

        mutating func filtered(_ bytes: [UInt8]) -> [UInt8] {
            let input = kept + bytes
            kept = []
            var output: [UInt8] = []
            output.reserveCapacity(input.count)
            var index = 0
            while index < input.count {
                let byte = input[index]
                switch byte {
                case 0x1b:
                    switch Self.colour(in: input[index...]) {
                    case .complete(let end):
                        output += input[index..<end]
                        index = end
                        continue
                    case .unfinished:
                        kept = Array(input[index...])
                        return output
                    case .other:
                        output += [UInt8(ascii: "^"), UInt8(ascii: "[")]
                    }
                case 0x0a, 0x09:
                    output.append(byte)
                case 0..<0x20, 0x7f:
                    // A carriage return before a newline is how some programs end lines.
                    if byte == 0x0d, index + 1 < input.count, input[index + 1] == 0x0a { break }
                    output += [UInt8(ascii: "^"), byte ^ 0x40]
                case 0xc2:
                    if index + 1 < input.count, (0x80...0x9f).contains(input[index + 1]) {
                        output.append(UInt8(ascii: "?"))
                        index += 1
                    } else {
                        output.append(byte)
                    }
                default:
                    output.append(byte)
                }
                index += 1
            }
            return output
        }

        private enum Match {
            case complete(Int), unfinished, other
        }

        private static func colour(in bytes: ArraySlice<UInt8>) -> Match {
            var index = bytes.startIndex + 1
            guard index < bytes.endIndex else { return .unfinished }
            guard bytes[index] == UInt8(ascii: "[") else { return .other }
            index += 1
            while index < bytes.endIndex, index - bytes.startIndex < longestSequence {
                switch bytes[index] {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ";"), UInt8(ascii: ":"): index += 1
                case UInt8(ascii: "m"): return .complete(index + 1)
                default: return .other
                }
            }
            return index == bytes.endIndex ? .unfinished : .other
        }
    }
}
