import Foundation
import HTTPClient
import TestSupport
import Testing

/// The client against a server that misbehaves.
@Suite("The HTTP client", .timeLimit(.minutes(30)))
struct HTTPClientTests {
    private func withObject(
        _ bytes: [UInt8], _ body: (R2Double, HTTPClient, HTTPRequest) async throws -> Void
    ) async throws {
        try await withR2Double { double in
            double.setPublicReads(true)
            double.put("object", bytes)
            let client = try HTTPClient()
            defer { client.shutdown() }
            let request = HTTPRequest(url: "\(double.endpoint)/\(double.bucket)/object")
            try await body(double, client, request)
        }
    }

    @Test("gives status, header fields and the whole body")
    func wholeAnswer() async throws {
        let bytes = sampleBytes(300_000)
        try await withObject(bytes) { _, client, request in
            let answer = try await client.send(request, maximumBody: 1 << 20)
            #expect(answer.status == 200)
            #expect(answer.headers["content-length"] == "300000")
            #expect(answer.body == bytes)
        }
    }

    @Test("keeps the connection for the next request")
    func connectionReuse() async throws {
        try await withObject([1, 2, 3]) { double, client, request in
            for _ in 1...5 {
                let body = try await client.send(request, maximumBody: 10).body
                #expect(body == [1, 2, 3])
            }
            #expect(double.connectionsAccepted == 1)
        }
    }

    @Test("refuses an answer that is larger than the caller takes")
    func bodyTooLarge() async throws {
        try await withObject(sampleBytes(5000)) { _, client, request in
            await #expect(throws: HTTPError.self) { try await client.send(request, maximumBody: 4999) }
        }
    }

    @Test("ends a stalled request as soon as its task is cancelled")
    func cancellation() async throws {
        try await withObject([1]) { double, client, request in
            double.inject(.stall)
            let task = Task { try await client.send(request, maximumBody: 10) }
            await double.wait { !$0.isEmpty }
            task.cancel()
            let outcome = await task.result
            #expect(throws: (any Error).self) { try outcome.get() }
            // The server sees the connection end too: nothing is left running behind the cancelled task.
            await double.wait { $0.first?.ending == .clientLeft }
            #expect(double.requests.first?.ending == .clientLeft)
        }
    }

    @Test("ends a body that stalled half-way as soon as its reader is cancelled")
    func cancellationWhileReading() async throws {
        try await withObject(sampleBytes(100_000)) { double, client, request in
            double.inject(.stallBodyAfter(50_000))
            let stream = try await client.open(request)
            let task = Task {
                var count = 0
                while let chunk = try await stream.read() { count += chunk.count }
                return count
            }
            await double.wait { ($0.first?.bytesSent ?? 0) >= 50_000 }
            task.cancel()
            let outcome = await task.result
            #expect(throws: (any Error).self) { try outcome.get() }
        }
    }

    @Test("gives up on a server that stalls")
    func stall() async throws {
        try await withObject([1]) { double, client, request in
            double.inject(.stall)
            var request = request
            request.stallTimeout = .seconds(1)
            let error = await #expect(throws: HTTPError.self) { try await client.send(request, maximumBody: 10) }
            #expect(error?.isTransient == true)
        }
    }

    @Test("lets the server wait while the reader does not read")
    func backpressure() async throws {
        let size = 64 * 1024 * 1024
        try await withObject([UInt8](repeating: 7, count: size)) { double, client, request in
            let stream = try await client.open(request)
            let first = try #require(try await stream.read())
            await double.wait { $0.first?.clientRested == true || $0.first?.ending != .open }
            // A megabyte in the client and what the kernel's socket buffers hold, far from the whole.
            #expect(double.bytesSent < Int64(size / 2))
            var count = first.count
            while let chunk = try await stream.read() { count += chunk.count }
            #expect(count == size)
        }
    }

    @Test("throws when the body ends short of its length", arguments: [0, 1, 60_000])
    func partialBody(_ sent: Int) async throws {
        let bytes = sampleBytes(100_000)
        try await withObject(bytes) { double, client, request in
            double.inject(.truncateBodyAfter(sent))
            let stream = try await client.open(request)
            var received: [UInt8] = []
            var problem: HTTPError?
            do {
                while let chunk = try await stream.read() { received += chunk }
            } catch {
                problem = error as? HTTPError
            }
            #expect(problem?.isTransient == true)
            #expect(received == Array(bytes[..<sent]))
        }
    }

    @Test("throws when the connection closes without an answer")
    func noAnswer() async throws {
        try await withObject([1]) { double, client, request in
            double.inject(.closeBeforeAnswer, times: 10)
            let error = await #expect(throws: HTTPError.self) { try await client.send(request, maximumBody: 10) }
            #expect(error?.isTransient == true)
        }
    }

    @Test("throws when nobody listens, and names the host alone")
    func nobodyListens() async throws {
        let client = try HTTPClient()
        defer { client.shutdown() }
        try await withClosedPort { port in
            let request = HTTPRequest(url: "http://127.0.0.1:\(port)/private?token=hidden")
            let error = await #expect(throws: HTTPError.self) { try await client.send(request, maximumBody: 10) }
            #expect(error?.isTransient == true)
            #expect(error.map { !"\($0)".contains("hidden") && !"\($0)".contains("private") } == true)
        }
    }

    @Test("refuses to send a header that would write headers of its own")
    func headerInjection() async throws {
        try await withObject([1]) { double, client, request in
            var request = request
            request.headers.add("X-Note", "a\r\nX-Other: b")
            let error = await #expect(throws: HTTPError.self) { try await client.send(request, maximumBody: 10) }
            #expect(error?.reason == .invalidRequest)
            #expect(double.requests.isEmpty)
        }
    }
}
