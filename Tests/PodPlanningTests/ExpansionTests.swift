import Testing

@testable import PodPlanning

@Suite struct ExpansionTests {
    /// The cases of Kubernetes' documentation of `$(VAR)`.
    @Test(arguments: [
        ("$(A)", "1"), ("x$(A)y$(B)", "x1y2"), ("$$(A)", "$(A)"), ("$$$(A)", "$1"), ("$$$$(A)", "$$(A)"),
        ("$(MISSING)", "$(MISSING)"), ("$A", "$A"), ("$(A", "$(A"), ("$", "$"), ("a$", "a$"), ("$$", "$"),
        ("$()", "$()"), ("$(A B)", "$(A B)"), ("$($(A))", "$($(A))"), ("price: 5$ or $(A)$", "price: 5$ or 1$"),
        ("ü$(A)ü", "ü1ü"), ("", ""),
    ])
    func expands(text: String, expected: String) {
        let values = ["A": "1", "B": "2"]
        #expect(expandVariables(in: text) { values[$0] } == expected)
    }
}
