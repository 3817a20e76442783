/// One line of a cgroup's device allow list; what no line allows is EPERM.
package struct DeviceRule: Sendable, Equatable {
    /// `c` (character), `b` (block) or `a` (both).
    package var type: Character
    /// nil is any.
    package var major: UInt32?
    package var minor: UInt32?
    /// Of `r`, `w` and `m` (mknod).
    package var access: String

    package var text: String {
        "\(type) \(major.map { String($0) } ?? "*"):\(minor.map { String($0) } ?? "*") \(access)"
    }

    /// What a container may open (docs: container-env section 4); making any node is allowed, opening it is not.
    package static let containerDefault: [DeviceRule] =
        [
            DeviceRule(type: "c", major: nil, minor: nil, access: "m"),
            DeviceRule(type: "b", major: nil, minor: nil, access: "m"),
        ]
        + [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2)].map {
            DeviceRule(type: "c", major: $0.0, minor: $0.1, access: "rwm")
        } + [DeviceRule(type: "c", major: 136, minor: nil, access: "rwm")]

    package static let everything = [DeviceRule(type: "a", major: nil, minor: nil, access: "rwm")]
}
