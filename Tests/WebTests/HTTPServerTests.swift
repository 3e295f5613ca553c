import HTTPTypes
import HummingbirdCore
import NIOCore
import Testing

@testable import Web

@Suite("The HTTP server")
struct HTTPServerTests {
    @Test("answers, and says when and what it is")
    func answers() async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            try client.send("GET /shop?x=1 HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer.body == "GET /shop ")
            #expect(answer.fields["server"] == "nightjar")
            #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
        }
    }

    @Test("answers requests that were sent ahead, in their order")
    func pipelining() async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            let first = "POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            try client.send(first + "GET /two HTTP/1.1\r\nHost: a\r\n\r\nGET /three HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().body == "POST /one abc")
            #expect(try await client.answer().body == "GET /two ")
            #expect(try await client.answer().body == "GET /three ")
        }
    }

    @Test("answers HEAD with the length and nothing else")
    func head() async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            try client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try await client.answer(isHead: true)
            #expect(answer.fields["content-length"] == "8")
            #expect(try await client.answer().body == "GET /y ")
        }
    }

    @Test(
        "ends the connection after the last request",
        arguments: ["HTTP/1.1\r\nConnection: Close", "HTTP/1.0", "HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c"])
    func close(last: String) async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            try client.send("GET /x \(last)\r\nHost: a\r\n\r\n")
            let text = try await client.rest()
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("Connection: close\r\n"))
            #expect(text.hasSuffix("\r\n\r\nGET /x "))
        }
    }

    @Test(
        "wants one Host field, and can do without it in HTTP/1.0 only",
        arguments: [
            ("HTTP/1.1\r\nHost: a", 200), ("HTTP/1.1\r\nhOST: [::1]:8630", 200), ("HTTP/1.1\r\nHost:", 200),
            ("HTTP/1.0", 200), ("HTTP/1.0\r\nConnection: keep-alive", 200), ("HTTP/1.0\r\nHost: a", 200),
            ("HTTP/1.1", 400), ("HTTP/1.1\r\nHost: a\r\nHost: a", 400),
            ("HTTP/1.1\r\nHost: a\r\nX: y\r\nhost: b", 400), ("HTTP/1.0\r\nHost: a\r\nHost: b", 400),
            ("HTTP/1.1\r\nHost: a/b", 400), ("HTTP/1.1\r\nHost: a b", 400), ("HTTP/1.1\r\nHost: a@b", 400),
        ] as [(String, Int)])
    func host(begin: String, status: Int) async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            try client.send("GET /x \(begin)\r\n\r\n")
            let answer = try await client.answer()
            #expect(answer.status == status)
            guard status == 400 else { return }
            #expect(answer.body.contains("Host"))
            #expect(answer.fields["connection"] == "close")
            #expect(try await client.rest() == "")
        }
    }

    @Test("asks for the body that a client offers, unless it is too large")
    func expect() async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try await client.answer().status == 100)
            try client.send("hi")
            #expect(try await client.answer().body == "POST / hi")
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 65537\r\n\r\n")
            #expect(try await client.answer().status == 413)
        }
    }

    @Test("runs without a place to listen at until it is told to stop")
    func nowhere() async throws {
        try await ServerUnderTest.with([]) { server in
            #expect(server.addresses.isEmpty)
        }
    }

    @Test("finishes the answers that it owes when it is told to stop")
    func gracefulEnd() async throws {
        let (begun, beginning) = AsyncStream<Void>.makeStream()
        let (release, releasing) = AsyncStream<Void>.makeStream()
        let answer: HTTPServer.Answer = { _, _ in
            beginning.finish()
            for await _ in release {}
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "done")))
        }
        try await ServerUnderTest.with(answer: answer) { server in
            let client = try server.client
            let idle = try server.client
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for await _ in begun {}
            server.cancel()
            // Closed at once: nothing is owed to it.
            #expect(try await idle.rest() == "")
            releasing.finish()
            #expect(try await client.rest().hasSuffix("\r\n\r\ndone"))
            try await server.wait()
        }
    }

    @Test("ends although an answer never comes")
    func boundedEnd() async throws {
        let (begun, beginning) = AsyncStream<Void>.makeStream()
        let (never, kept) = AsyncStream<Void>.makeStream()
        let answer: HTTPServer.Answer = { _, _ in
            beginning.finish()
            for await _ in never {}
            return Response(status: .ok)
        }
        let limits = ServerLimits.patient { $0.graceTime = .milliseconds(1) }
        try await ServerUnderTest.with(limits: limits, answer: answer) { server in
            let client = try server.client
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for await _ in begun {}
            server.cancel()
            try await server.wait()
            #expect(try await client.rest() == "")
        }
        kept.finish()
    }

    @Test("puts what a route throws into words, and what nobody expected into the log alone")
    func errors() async throws {
        struct Odd: Error {
            let secret = "hunter2"
        }
        let answer: HTTPServer.Answer = { request, _ in
            if request.uri.path == "/odd" { throw Odd() }
            throw WebError(.conflict, "a run is under way")
        }
        try await ServerUnderTest.with(answer: answer) { server in
            let client = try server.client
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /odd HTTP/1.1\r\nHost: a\r\n\r\n")
            let known = try await client.answer()
            #expect(known.status == 409)
            #expect(known.body == #"{"error":"a run is under way"}"#)
            let odd = try await client.answer()
            #expect(odd.status == 500)
            #expect(!odd.body.contains("hunter2") && odd.body.contains("look for"))
        }
    }
}
