import Appliance
import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Web

@Suite("Where the server listens")
struct ListenerTests {
    private func expectGreeting(at address: BoundAddress) async throws {
        let client = try RawClient(address)
        try client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await client.answer().body == "GET /x ")
    }

    @Test("a unix socket may be opened by owner and group, and is gone afterwards")
    func unixSocket() async throws {
        try await withSocketPath { path in
            try await ServerUnderTest.with([Endpoint(.unix(path: path))]) { server in
                #expect(server.addresses == [.unix(path: path)])
                #expect(permissions(of: path) == 0o660)
                try await expectGreeting(at: server.addresses[0])
            }
            #expect(permissions(of: path) == nil)
        }
    }

    @Test("a socket that a process has left behind is replaced")
    func leftover() async throws {
        try await withSocketPath { path in
            _ = try ForeignSocket(path, isListening: false)
            #expect(permissions(of: path) != nil)
            try await ServerUnderTest.with([Endpoint(.unix(path: path))]) { server in
                try await expectGreeting(at: server.addresses[0])
            }
        }
    }

    @Test("a socket that somebody answers on stays theirs")
    func foreign() async throws {
        try await withSocketPath { path in
            let other = try ForeignSocket(path, isListening: true)
            let error = #expect(throws: NightjarError.self) { try SocketFile(path: path) }
            #expect(error?.code == .busy)
            #expect(error?.message.contains(path) == true)
            #expect(permissions(of: path) != nil)
            withExtendedLifetime(other) {}
        }
    }

    @Test("a file that is no socket stays")
    func ordinaryFile() async throws {
        try await withSocketPath { path in
            try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: NightjarError.self) { try SocketFile(path: path) }
            #expect(error?.code == .configuration)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        }
    }

    @Test("a socket that another process has put in place of ours stays when we go")
    func replaced() async throws {
        try await withSocketPath { path in
            let file = try SocketFile(path: path)
            unlink(path)
            let other = try ForeignSocket(path, isListening: true)
            file.remove()
            close(file.descriptor)
            #expect(permissions(of: path) != nil)
            withExtendedLifetime(other) {}
        }
    }

    @Test("a path that is too long, or whose directory is not there, is told with what to do")
    func impossiblePaths() throws {
        try withTemporaryDirectory { folder in
            let long = folder + "/" + String(repeating: "x", count: 110)
            let tooLong = #expect(throws: NightjarError.self) { try SocketFile(path: long) }
            #expect(tooLong?.code == .configuration)
            #expect(tooLong?.hint != nil)
            let missing = #expect(throws: NightjarError.self) { try SocketFile(path: folder + "/no/web.sock") }
            #expect(missing?.code == .io)
            #expect(missing?.hint?.contains("directory") == true)
        }
    }

    @Test("the server goes on without a control socket that cannot be made")
    func noControlSocket() async throws {
        try await withSocketPath { path in
            let other = try ForeignSocket(path, isListening: true)
            let endpoints = [
                Endpoint(.unix(path: path), door: .control), Endpoint(.tcp(host: "127.0.0.1", port: 0)),
                Endpoint(.unix(path: path + "/no"), door: .control),
            ]
            try await ServerUnderTest.with(endpoints) { server in
                #expect(server.addresses.count == 1)
                try await expectGreeting(at: server.addresses[0])
            }
            withExtendedLifetime(other) {}
        }
    }

    @Test("a port that another process has is named, with what to do")
    func portInUse() async throws {
        try await ServerUnderTest.with { server in
            guard case .tcp(let host, let port) = server.addresses[0] else {
                Issue.record("not a port: \(server.addresses)")
                return
            }
            let error = await #expect(throws: NightjarError.self) {
                try await ServerUnderTest.with([Endpoint(.tcp(host: host, port: port))]) { _ in }
            }
            #expect(error?.code == .busy)
            #expect(error?.message == "cannot listen at 127.0.0.1:\(port): another process does")
            #expect(error?.hint?.contains("http.listen") == true)
        }
    }

    @Test("an address that this machine does not have is named")
    func foreignAddress() async throws {
        let error = await #expect(throws: NightjarError.self) {
            // TEST-NET-1 of RFC 5737.
            try await ServerUnderTest.with([Endpoint(.tcp(host: "192.0.2.1", port: 0))]) { _ in }
        }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("192.0.2.1") == true)
    }

    @Test("a socket that systemd has passed is used")
    func passedSocket() async throws {
        try await withSocketPath { path in
            let passed = try ForeignSocket(path, isListening: true)
            // Twice: the first server leaves it open.
            for _ in 0..<2 {
                try await ServerUnderTest.with([Endpoint(.passed(descriptor: passed.descriptor))]) { _ in
                    try await expectGreeting(at: .unix(path: path))
                }
            }
            #expect(fcntl(passed.descriptor, F_GETFD) & FD_CLOEXEC != 0)
            #expect(permissions(of: path) != nil)
        }
    }

    @Test("something else that was passed is refused")
    func passedOther() async throws {
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        let error = await #expect(throws: NightjarError.self) {
            try await ServerUnderTest.with([Endpoint(.passed(descriptor: descriptor))]) { _ in }
        }
        #expect(error?.code == .configuration)
    }

    @Test(
        "passed sockets are those of this process with the name",
        arguments: [
            (["LISTEN_FDS": "1", "LISTEN_PID": "7"], [3]),
            (["LISTEN_FDS": "1", "LISTEN_PID": "7", "LISTEN_FDNAMES": "nightjar.socket"], [3]),
            (["LISTEN_FDS": "3", "LISTEN_PID": "7", "LISTEN_FDNAMES": "http:other:http"], [3, 5]),
            (["LISTEN_FDS": "2", "LISTEN_PID": "7", "LISTEN_FDNAMES": "a:b"], []),
            (["LISTEN_FDS": "2", "LISTEN_PID": "7"], []),
            (["LISTEN_FDS": "1", "LISTEN_PID": "8"], []), (["LISTEN_FDS": "1"], []),
            (["LISTEN_FDS": "0", "LISTEN_PID": "7"], []), (["LISTEN_FDS": "x", "LISTEN_PID": "7"], []), ([:], []),
        ] as [([String: String], [Int32])])
    func passedNames(environment: [String: String], expected: [Int32]) {
        #expect(PassedSockets.descriptors(named: "http", environment, process: 7) == expected)
    }
}
