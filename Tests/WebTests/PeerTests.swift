import HTTPTypes
import Model
import Testing

@testable import Web

@Suite("Where a request comes from")
struct PeerTests {
    private static let trusted = ["10.0.0.0/8", "::1", "2001:db8:f::/48"].compactMap { AddressRange($0) }

    private func peer(_ remote: String?, _ forwarded: [String], protocols: [String] = []) -> Peer {
        var fields = HTTPFields()
        for value in forwarded { fields.append(HTTPField(name: .of("X-Forwarded-For"), value: value)) }
        for value in protocols { fields.append(HTTPField(name: .of("X-Forwarded-Proto"), value: value)) }
        return Peer(remote: remote.flatMap { IPAddress($0) }, headers: fields, trusted: Self.trusted)
    }

    @Test(
        "is what the connection says, unless a trusted proxy says otherwise",
        arguments: [
            ("192.0.2.1", [], "192.0.2.1"), ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
            ("10.0.0.1", [], "10.0.0.1"), ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["203.0.113.9", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", ["10.0.0.3,10.0.0.2"], "10.0.0.3"), ("10.0.0.1", ["nonsense"], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.9, nonsense, 10.0.0.2"], "10.0.0.2"), ("10.0.0.1", [""], "10.0.0.1"),
            ("10.0.0.1", ["198.51.100.1:5678"], "198.51.100.1"), ("::1", ["[2001:db8::7]:5678"], "2001:db8::7"),
            ("::1", ["2001:db8::7"], "2001:db8::7"), ("2001:db8:f::1", ["198.51.100.1"], "198.51.100.1"),
            ("2001:db8:e::1", ["198.51.100.1"], "2001:db8:e::1"),
        ] as [(String, [String], String)])
    func forwarded(remote: String, fields: [String], expected: String) {
        #expect(peer(remote, fields).address == IPAddress(expected))
    }

    @Test("over a unix socket is what the proxy says, or nobody")
    func unixSocket() {
        #expect(peer(nil, ["198.51.100.1"]).address == IPAddress("198.51.100.1"))
        #expect(peer(nil, []).address == nil)
        #expect(peer(nil, []).description == "unix socket")
    }

    @Test(
        "is secure where a trusted proxy says so",
        arguments: [
            ("10.0.0.1", ["https"], true), ("10.0.0.1", ["HTTPS"], true), ("10.0.0.1", ["http"], false),
            ("10.0.0.1", ["https", "http"], false), ("10.0.0.1", ["http, https"], true), ("10.0.0.1", [], false),
            ("192.0.2.1", ["https"], false),
        ] as [(String, [String], Bool)])
    func secure(remote: String, protocols: [String], expected: Bool) {
        #expect(peer(remote, [], protocols: protocols).isSecure == expected)
    }
}
