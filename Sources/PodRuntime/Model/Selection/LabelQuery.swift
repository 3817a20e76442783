/// Conditions on labels, as `-l` has them: `app=web,tier in (front,back),!old`.
package struct LabelQuery: Codable, Sendable, Equatable {
    package enum Comparison: String, Codable, Sendable {
        case isIn = "in"
        /// Also of objects without the label.
        case isNotIn = "notin"
        case exists, doesNotExist
        /// Of labels that are whole numbers.
        case isGreater = ">"
        case isLess = "<"
    }

    package struct Requirement: Codable, Sendable, Equatable {
        package var key: String
        package var comparison: Comparison
        package var values: [String]

        package init(_ key: String, _ comparison: Comparison, _ values: [String] = []) {
            self.key = key
            self.comparison = comparison
            self.values = values
        }
    }

    /// All of them must hold.
    package var requirements: [Requirement]

    package init(_ requirements: [Requirement] = []) {
        self.requirements = requirements
    }

    package var isEmpty: Bool { requirements.isEmpty }

    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.holds(for: labels[$0.key]) }
    }

    /// As kubectl writes it.
    package var text: String {
        requirements.map { requirement in
            let (key, values) = (requirement.key, requirement.values)
            switch requirement.comparison {
            case .isIn where values.count == 1: return "\(key)=\(values[0])"
            case .isNotIn where values.count == 1: return "\(key)!=\(values[0])"
            case .isIn, .isNotIn: return "\(key) \(requirement.comparison.rawValue) (\(values.joined(separator: ",")))"
            case .exists: return key
            case .doesNotExist: return "!\(key)"
            case .isGreater, .isLess: return key + requirement.comparison.rawValue + values.joined()
            }
        }
        .joined(separator: ",")
    }

    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    package init(parsing text: String) throws(Problem) {
        requirements = []
        for part in Self.parts(text) { requirements.append(try Requirement(part.trimmed)) }
    }

    /// At the commas that are not in parentheses; of nothing none.
    private static func parts(_ text: String) -> [Substring] {
        var depth = 0
        let parts = text.split(omittingEmptySubsequences: false) { character in
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            return character == "," && depth == 0
        }
        return parts.allSatisfy { $0.trimmed.isEmpty } ? [] : parts
    }
}

extension LabelQuery.Requirement {
    fileprivate func holds(for value: String?) -> Bool {
        switch comparison {
        case .isIn: return value.map(values.contains) ?? false
        case .isNotIn: return !(value.map(values.contains) ?? false)
        case .exists: return value != nil
        case .doesNotExist: return value == nil
        case .isGreater, .isLess:
            guard let value = value.flatMap({ Int64($0) }), let limit = values.first.flatMap({ Int64($0) }) else {
                return false
            }
            return comparison == .isGreater ? value > limit : value < limit
        }
    }

    /// One condition without its commas.
    fileprivate init(_ text: Substring) throws(LabelQuery.Problem) {
        if text.first == "!" {
            self.init(String(text.dropFirst().trimmed), .doesNotExist)
        } else if text.last == ")", let open = text.firstIndex(of: "(") {
            let words = text[..<open].split(separator: " ")
            guard words.count == 2, let word = LabelQuery.Comparison(rawValue: String(words[1])),
                word == .isIn || word == .isNotIn
            else { throw LabelQuery.Problem(description: "unable to parse requirement: \(text)") }
            let list = text[text.index(after: open)...].dropLast()
            self.init(
                String(words[0]), word,
                list.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmed) })
        } else if let sign = text.firstIndex(where: { "=!<>".contains($0) }) {
            let end = text[sign...].firstIndex { !"=!<>".contains($0) } ?? text.endIndex
            let comparisons: [Substring: LabelQuery.Comparison] = [
                "=": .isIn, "==": .isIn, "!=": .isNotIn, ">": .isGreater, "<": .isLess,
            ]
            guard let comparison = comparisons[text[sign..<end]] else {
                throw LabelQuery.Problem(description: "unable to parse requirement: \(text)")
            }
            self.init(String(text[..<sign].trimmed), comparison, [String(text[end...].trimmed)])
        } else {
            self.init(String(text), .exists)
        }
        let isNumber = values.allSatisfy { Int64($0) != nil }
        let isOrder = comparison == .isGreater || comparison == .isLess
        guard NameRules.qualifiedName(key).isEmpty, values.allSatisfy({ NameRules.labelValue($0).isEmpty }),
            isNumber || !isOrder
        else { throw LabelQuery.Problem(description: "unable to parse requirement: \(text)") }
    }
}

extension Substring {
    /// Without spaces around it.
    fileprivate var trimmed: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
