import HTTPClient
import Testing

@testable import Remote

@Suite("A time-out at once is the service's own trouble, and a late one the statement's") struct TransportTimeTests {
    @Test(
        "where words tell of it",
        arguments: [
            "The operation timed out", "D1 DB storage operation exceeded timeout which caused object to be reset.",
        ])
    func words(text: String) throws {
        let message = try #require(ServiceMessage(body: Array("{\"error\":\"\(text)\"}".utf8)))
        #expect(message.kind(after: .seconds(1)) == .unreachable)
        #expect(message.kind(after: .seconds(30)) == .tooSlow)
    }

    @Test("where a status tells of it", arguments: [408, 504, 524])
    func statuses(status: Int) throws {
        let client = try HTTPClient()
        defer { client.shutdown() }
        let connection = ServiceConnection(client: client, token: nil)
        let response = HTTPResponse(status: status, headers: HTTPHeaders(), body: [])
        for (elapsed, kind) in [(Duration.seconds(1), RemoteError.Kind.unreachable), (.seconds(30), .tooSlow)] {
            let error = connection.refusal(.init(response: response, elapsed: elapsed), unknown: .malformed)
            #expect(error.kind == kind, "\(elapsed)")
        }
    }
}
