import PodModel
import Testing

struct LabelQueryTests {
    private static let labels = ["app": "web", "tier": "front", "build": "12", "example.com/team": "a"]

    @Test(arguments: [
        ("app=web", true), ("app==web", true), ("app = web", true), ("app=db", false), ("app!=db", true),
        ("missing!=x", true), ("missing=x", false), ("app", true), ("!app", false), ("! missing", true),
        ("tier in (front,back)", true), ("tier in (back)", false), ("tier notin (back, side)", true),
        ("missing notin (x)", true), ("app=web,tier in (front, back),!old", true), ("app=web,tier=back", false),
        ("build>11", true), ("build<12", false), ("app>1", false), ("example.com/team=a", true), ("", true),
    ])
    func matches(text: String, isMatch: Bool) throws {
        let query = try LabelQuery(parsing: text)
        #expect(query.matches(Self.labels) == isMatch)
        #expect(try LabelQuery(parsing: query.text) == query)
    }

    @Test(arguments: [
        "app=web=x", "a b", "tier in front", "tier within (a)", "=x", "app=we b", "app>x", "app=>x", "a,,b", "app,",
    ])
    func whatIsNoQuery(text: String) {
        #expect(throws: LabelQuery.Problem.self) { try LabelQuery(parsing: text) }
    }
}
