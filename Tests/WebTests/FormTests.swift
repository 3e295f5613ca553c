import HTTPTypes
import Testing

@testable import Web

@Suite("Forms")
struct FormTests {
    @Test(
        "are read as browsers write them",
        arguments: [
            ("a=1&b=2", ["a": "1", "b": "2"]), ("a=x+y%20z", ["a": "x y z"]), ("a=%C3%A9%2B%3D", ["a": "é+="]),
            ("a", ["a": ""]), ("a=", ["a": ""]), ("=b", ["": "b"]), ("", [:]), ("&&a=1&", ["a": "1"]),
            ("a=b=c", ["a": "b=c"]), ("a=1&a=2", ["a": "1"]), ("%61=b", ["a": "b"]),
        ] as [(String, [String: String])])
    func reading(text: String, expected: [String: String]) throws {
        let form = try Form(Array(text.utf8))
        for (name, value) in expected { #expect(form[name] == value) }
        #expect(form["other"] == nil)
    }

    @Test("are refused where they are damaged", arguments: ["a=%", "a=%4", "a=%zz", "a=%ff", "%=1"])
    func damaged(text: String) {
        let error = #expect(throws: WebError.self) { try Form(Array(text.utf8)) }
        #expect(error?.status == .badRequest)
    }
}
