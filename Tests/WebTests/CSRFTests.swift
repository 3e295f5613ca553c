import HTTPTypes
import Model
import Synchronization
import Testing

@testable import Web

@Suite("Proofs in forms")
struct CSRFTests {
    /// Seconds since 1970, as a test sets them.
    private final class Calendar: Sendable {
        let seconds = Mutex<Int64>(1_773_541_800)
    }

    private func check(_ csrf: CSRF, _ token: String, _ context: WebContext = makeContext()) throws {
        try csrf.check(Form(Array("x=1&csrf=\(token)".utf8)), context)
    }

    @Test("are good for the token that loaded the page, for twelve hours")
    func good() throws {
        let calendar = Calendar()
        let csrf = CSRF(now: { calendar.seconds.withLock { $0 } })
        let token = csrf.token(for: makeContext())
        try check(csrf, token)
        calendar.seconds.withLock { $0 += 12 * 3600 - 1 }
        try check(csrf, token)
        calendar.seconds.withLock { $0 += 1 }
        let error = #expect(throws: WebError.self) { try check(csrf, token) }
        #expect(error?.status == .forbidden)
    }

    @Test("are good for nobody else, and nowhere else")
    func others() throws {
        let csrf = CSRF()
        let token = csrf.token(for: makeContext())
        #expect(throws: WebError.self) { try check(csrf, token, makeContext(token: "two")) }
        #expect(throws: WebError.self) { try check(CSRF(), token) }
    }

    @Test(
        "cannot be made up",
        arguments: [
            "", ".", "1.2.3", "9999999999.", "9999999999.\(String(repeating: "0", count: 64))",
            "x.\(String(repeating: "0", count: 64))",
        ])
    func invented(token: String) throws {
        let error = #expect(throws: WebError.self) { try check(CSRF(), token) }
        #expect(error?.status == .forbidden)
    }

    @Test("end when they say so: that cannot be changed")
    func laterEnd() throws {
        let csrf = CSRF()
        let parts = csrf.token(for: makeContext()).split(separator: ".")
        let later = try #require(Int64(parts[0])) + 1
        #expect(throws: WebError.self) { try check(csrf, "\(later).\(parts[1])") }
    }

    @Test("are not asked of what no browser sends by itself", arguments: [Access.Method.bearer, .control])
    func unneeded(method: Access.Method) throws {
        try check(CSRF(), "", makeContext(method))
    }

    @Test("scopes include the ones before them", arguments: AccessScope.allCases, AccessScope.allCases)
    func scopes(has: AccessScope, needs: AccessScope) throws {
        let context = makeContext(scope: has)
        #expect(context.may(needs) == (has >= needs))
        if has >= needs {
            #expect(try context.require(needs).scope == has)
        } else {
            let error = #expect(throws: WebError.self) { try context.require(needs) }
            #expect(error?.status == .forbidden)
        }
    }
}
