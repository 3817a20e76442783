/// A program that can't be written down: the keeper would refuse it.
package struct ProgramError: Error, CustomStringConvertible, Equatable {
    package var description: String

    init(_ description: String) {
        self.description = description
    }
}
