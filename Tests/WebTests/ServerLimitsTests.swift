import HTTPTypes
import HummingbirdCore
import NIOCore
import Testing

@testable import Web

private let largeField = "X: " + String(repeating: "x", count: 8000)

@Suite("What a connection may cost")
struct ServerLimitsTests {
    @Test("header fields that do not come to an end close it", arguments: ["", "GET / HTTP/1.1\r\nHo"])
    func slowHeaders(begin: String) async throws {
        let limits = ServerLimits.patient { $0.idleTime = .milliseconds(20) }
        try await ServerUnderTest.with(limits: limits) { server in
            let client = try server.client
            try client.send(begin)
            #expect(try await client.rest() == "")
        }
    }

    @Test("a connection that was used and then is not closes too")
    func idle() async throws {
        let limits = ServerLimits.patient { $0.idleTime = .milliseconds(20) }
        try await ServerUnderTest.with(limits: limits) { server in
            let client = try server.client
            try client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.rest().hasSuffix("GET /x "))
        }
    }

    @Test("a body that does not come to an end closes it")
    func slowBody() async throws {
        let limits = ServerLimits.patient { $0.bodyTime = .milliseconds(20) }
        try await ServerUnderTest.with(limits: limits) { server in
            let client = try server.client
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\na")
            #expect(try await client.rest() == "")
        }
    }

    @Test("a body that is there in time is waited for no longer")
    func bodyInTime() async throws {
        let (release, releasing) = AsyncStream<Void>.makeStream()
        let answer: HTTPServer.Answer = { request, _ in
            _ = try await request.body.collect(upTo: 100)
            for await _ in release {}
            return Response(status: .noContent)
        }
        let limits = ServerLimits.patient { $0.bodyTime = .milliseconds(20) }
        try await ServerUnderTest.with(limits: limits, answer: answer) { server in
            let client = try server.client
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")
            // Another connection that is closed for it shows that the time is over.
            let late = try server.client
            try late.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
            #expect(try await late.rest() == "")
            releasing.finish()
            #expect(try await client.answer().status == 204)
        }
    }

    @Test(
        "too much before the body is refused, with the reason, and closes it",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 17_000))\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\n\(String(repeating: "\(largeField)\r\n", count: 5))\r\n", 431),
            ("GET / HTTP/1.1\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", 431),
            ("GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /?\(String(repeating: "x", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nbad header\r\n\r\n", 400),
            ("NONSENSE\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ] as [(String, Int)])
    func tooMuch(request: String, status: Int) async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            try client.send(request)
            let answer = try await client.answer()
            #expect(answer.status == status)
            #expect(answer.fields["connection"] == "close")
            #expect(answer.fields["content-type"] == "application/json")
            #expect(answer.fields["x-content-type-options"] == "nosniff")
            #expect(answer.body.hasPrefix(#"{"error":""#))
            #expect(try await client.rest() == "")
        }
    }

    @Test("what is just small enough is answered")
    func justSmallEnough() async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            let path = "/" + String(repeating: "x", count: 8191)
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 16_000))\r\n\r\n")
            #expect(try await client.answer().body == "GET \(path) ")
            let body = String(repeating: "z", count: 65_536)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n")
            try client.send(body)
            #expect(try await client.answer().body == "POST / \(body)")
        }
    }

    @Test("a body in chunks that grows too large is refused")
    func chunkedBody() async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            try client.send("8000\r\n\(String(repeating: "x", count: 0x8000))\r\n")
            try client.send("8001\r\n\(String(repeating: "x", count: 0x8001))\r\n")
            #expect(try await client.answer().status == 413)
            #expect(try await client.rest() == "")
        }
    }

    @Test("a body that nobody reads is not read for ever, and ends the connection", arguments: [true, false])
    func unreadBody(comesAfterAnswer: Bool) async throws {
        let limits = ServerLimits.patient { $0.body = 1000 }
        let answer: HTTPServer.Answer = { _, _ in Response(status: .noContent) }
        try await ServerUnderTest.with(limits: limits, answer: answer) { server in
            let client = try server.client
            let chunk = "258\r\n\(String(repeating: "x", count: 600))\r\n"
            let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            try client.send(comesAfterAnswer ? head : head + chunk + chunk)
            #expect(try await client.answer().status == 204)
            if comesAfterAnswer {
                try client.send(chunk)
                try client.send(chunk)
            }
            #expect(try await client.rest() == "")
        }
    }

    @Test("a small body that nobody reads does not matter")
    func smallUnreadBody() async throws {
        let limits = ServerLimits.patient { $0.body = 1000 }
        let answer: HTTPServer.Answer = { _, _ in Response(status: .noContent) }
        try await ServerUnderTest.with(limits: limits, answer: answer) { server in
            let client = try server.client
            let body = "258\r\n\(String(repeating: "x", count: 600))\r\n0\r\n\r\n"
            for _ in 0..<3 {
                try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")
                #expect(try await client.answer().status == 204)
            }
        }
    }

    @Test("methods that nobody has heard of are not known, and do not end the connection")
    func methods() async throws {
        try await ServerUnderTest.with { server in
            let client = try server.client
            try client.send("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().status == 501)
            #expect(try await client.answer().body == "GET /x ")
        }
    }

    @Test("above the number of connections clients are told, and the control socket works still")
    func connections() async throws {
        try await withSocketPath { path in
            let endpoints = [
                Endpoint(.tcp(host: "127.0.0.1", port: 0)), Endpoint(.unix(path: path), door: .control),
            ]
            let limits = ServerLimits.patient { $0.connections = 1 }
            try await ServerUnderTest.with(endpoints, limits: limits) { server in
                var first: RawClient? = try server.client
                try first?.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await first?.answer().status == 200)
                #expect(try await server.client.rest().hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))

                let control = try RawClient(server.addresses[1])
                try control.send("GET /y HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await control.answer().body == "GET /y ")

                first = nil
                // The server hears of it a moment later.
                var status = 503
                while status == 503 {
                    let next = try server.client
                    do {
                        try next.send("GET /z HTTP/1.1\r\nHost: a\r\n\r\n")
                        status = try await next.answer().status
                    } catch is RawClient.Failed {
                        // Refused, and closed before the answer was read.
                    }
                }
                #expect(status == 200)
            }
        }
    }

    @Test("a client for which there is no room is told so, though it sends what nobody reads")
    func refusal() async throws {
        let limits = ServerLimits.patient {
            $0.connections = 0
            $0.lingerTime = .hours(1)
        }
        try await ServerUnderTest.with(limits: limits) { server in
            let client = try server.client
            let answer = try await client.answer()
            #expect(answer.status == 503)
            #expect(answer.body.contains("too many connections"))
            try client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            try client.finish()
            #expect(try await client.rest() == "")
            #expect(!client.wasReset)
        }
    }

    @Test("and what it sends is not read for ever")
    func endlessRefusal() async throws {
        let limits = ServerLimits.patient {
            $0.connections = 0
            $0.lingerTime = .hours(1)
        }
        try await ServerUnderTest.with(limits: limits) { server in
            let client = try server.client
            #expect(try await client.answer().status == 503)
            let piece = String(repeating: "x", count: 64 << 10)
            #expect(throws: RawClient.Failed.self) {
                for _ in 0..<512 { try client.send(piece) }
            }
        }
    }

    @Test("a client that takes nothing of its answer is let go")
    func stalledReader() async throws {
        let (ended, ending) = AsyncStream<Void>.makeStream()
        let answer: HTTPServer.Answer = { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    defer { ending.finish() }
                    let piece = ByteBuffer(repeating: 0x61, count: 256 << 10)
                    while true { try await writer.write(piece) }
                })
        }
        let limits = ServerLimits.patient { $0.stallTime = .milliseconds(40) }
        try await ServerUnderTest.with(limits: limits, answer: answer) { server in
            let client = try server.client
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for await _ in ended {}
            withExtendedLifetime(client) {}
        }
    }
}
