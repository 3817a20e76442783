import Glibc

/// Colours of a terminal, or none: the text says the same without them.
struct Ink: Equatable {
    enum Colour: Int {
        case bold = 1
        case dim = 2
        case red = 31
        case green = 32
        case yellow = 33
        case cyan = 36
    }

    var isColoured: Bool

    func callAsFunction(_ colour: Colour, _ text: String) -> String {
        isColoured ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }

    static let none = Ink(isColoured: false)

    /// Coloured on a terminal, unless the user or the terminal says no (no-color.org).
    static func forOutput(wantsColour: Bool) -> Ink {
        func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        return Ink(
            isColoured: wantsColour && Console.isOutputTerminal && variable("NO_COLOR").isEmpty
                && variable("TERM") != "dumb")
    }
}
