import HTTPClient
import TestSupport
import Testing

/// Requests that go elsewhere than their URL's host resolves to.
@Suite("A request with a destination of its own", .timeLimit(.minutes(30)))
struct HTTPDestinationTests {
    private func withClient(_ body: (HTTPClient) async throws -> Void) async throws {
        let client = try HTTPClient()
        defer { client.shutdown() }
        try await body(client)
    }

    @Test("goes over a Unix socket, and keeps its connection")
    func unixSocket() async throws {
        try await withTemporaryDirectory { folder in
            let path = folder + "/s"
            try await withSocketServer(at: path, answering: { .json(201, "{\"got\":\"\($0.body)\"}") }) { server in
                try await withClient { client in
                    let request = HTTPRequest(
                        method: "POST", url: "http://nobody.invalid/a%20b?c=d", body: .bytes(Array("hello".utf8)),
                        unixSocket: path)
                    for _ in 1...3 {
                        let answer = try await client.send(request, maximumBody: 100)
                        #expect(answer.status == 201)
                        #expect(answer.body == Array("{\"got\":\"hello\"}".utf8))
                        #expect(answer.headers["content-type"] == "application/json")
                    }
                }
                #expect(server.requests.map(\.line) == Array(repeating: "POST /a%20b?c=d", count: 3))
                #expect(server.requests.map(\.host) == Array(repeating: "nobody.invalid", count: 3))
                #expect(server.connectionsAccepted == 1)
            }
        }
    }

    @Test("does not take the connection of another socket")
    func twoSockets() async throws {
        try await withTemporaryDirectory { folder in
            try await withSocketServer(at: folder + "/a", answering: { _ in .json(200, "a") }) { _ in
                try await withSocketServer(at: folder + "/b", answering: { _ in .json(200, "b") }) { _ in
                    try await withClient { client in
                        for name in ["a", "b", "a"] {
                            let request = HTTPRequest(url: "http://localhost/", unixSocket: "\(folder)/\(name)")
                            let answer = try await client.send(request, maximumBody: 10)
                            #expect(answer.body == Array(name.utf8))
                        }
                    }
                }
            }
        }
    }

    @Test("is refused where nobody listens on the socket")
    func staleSocket() async throws {
        try await withTemporaryDirectory { folder in
            try UnixListener.leaveStaleFile(at: folder + "/stale")
            try await withClient { client in
                for name in ["stale", "absent"] {
                    let request = HTTPRequest(url: "http://localhost/", unixSocket: "\(folder)/\(name)")
                    let error = await #expect(throws: HTTPError.self) {
                        try await client.send(request, maximumBody: 10)
                    }
                    #expect(error?.curlCode == 7, "\(name): \(String(describing: error))")
                    #expect(error?.isTransient == true)
                    let words = try #require(error).description
                    #expect(words.contains("GET to \(folder)/\(name): "), "\(words)")
                    #expect(!words.contains("localhost") && !words.contains("port 80"), "\(words)")
                }
            }
        }
    }

    @Test("ends where its whole time is over, though something arrives all the while")
    func timeout() async throws {
        try await withR2Double { double in
            double.setPublicReads(true)
            double.put("object", [UInt8](repeating: 7, count: 1 << 20))
            double.inject(.slow(bytesPerChunk: 1))
            try await withClient { client in
                let request = HTTPRequest(
                    url: "\(double.endpoint)/\(double.bucket)/object", stallSpeed: 1, timeout: .milliseconds(300))
                let error = await #expect(throws: HTTPError.self) {
                    try await client.send(request, maximumBody: 1 << 21)
                }
                #expect(error?.curlCode == 28)
            }
        }
    }

    @Test("goes to the address that was resolved before, under the name of its host")
    func resolvedAddress() async throws {
        try await withR2Double { double in
            double.setPublicReads(true)
            double.put("object", [1, 2, 3])
            try await withClient { client in
                let host = "pinned.invalid:\(double.port)"
                let request = HTTPRequest(
                    url: "http://\(host)/\(double.bucket)/object", resolvedAddress: "127.0.0.1")
                let answer = try await client.send(request, maximumBody: 10)
                #expect(answer.body == [1, 2, 3])
                #expect(double.requests.map { $0.headers["host"] } == [host])

                // The connection that is kept is no other address's.
                var other = request
                other.resolvedAddress = "127.0.0.2"
                let error = await #expect(throws: HTTPError.self) { try await client.send(other, maximumBody: 10) }
                #expect(error?.curlCode == 7)
                #expect(double.requests.count == 1)
            }
        }
    }

    @Test(
        "must be one that needs no resolving",
        arguments: [
            "", "localhost", "127.1", "0177.0.0.1", "2130706433", "[::1]", "::1%lo", "127.0.0.1:80", "1.2.3.4,5",
        ])
    func malformedAddress(text: String) async throws {
        try await withClient { client in
            let request = HTTPRequest(url: "http://localhost:1/", resolvedAddress: text)
            let error = await #expect(throws: HTTPError.self) { try await client.send(request, maximumBody: 10) }
            #expect(error?.reason == .invalidRequest)
        }
    }

    @Test("cannot be a path that no socket can have", arguments: ["", String(repeating: "a", count: 108)])
    func malformedPath(path: String) async throws {
        try await withClient { client in
            let request = HTTPRequest(url: "http://localhost/", unixSocket: path)
            let error = await #expect(throws: HTTPError.self) { try await client.send(request, maximumBody: 10) }
            #expect(error?.reason == .invalidRequest)
        }
    }
}
