import Appliance
import Catalog
import Foundation
import Logging
import Model
import Settings
import TestSupport

@testable import Web

/// An appliance without databases, and its page on a port of the kernel's choice.
struct WebSite {
    /// The scope is the name; each is long enough.
    static func token(_ name: String) -> String { "token-of-the-\(name)-scope" }

    let folder: String
    let address: BoundAddress
    let control: BoundAddress

    /// - Parameters:
    ///   - http: further keys below `http:`.
    ///   - more: further lines of the configuration.
    static func with(
        http: [String] = [], tokens: [String] = ["read", "export", "admin"], more: [String] = [],
        limits: ServerLimits = .patient, _ body: (WebSite) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let console = try await Self.console(folder, http: http, tokens: tokens, more: more)
            let (listening, continuation) = AsyncStream<[BoundAddress]>.makeStream()
            let running = Task {
                defer { continuation.finish() }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for door in [Endpoint.Door.network, .control] {
                        let server = WebServer(
                            console: console, door: door, limits: limits,
                            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                            onListening: { continuation.yield($0) })
                        group.addTask { try await server.run() }
                    }
                    try await group.waitForAll()
                }
            }
            let result: Result<Void, any Error>
            do {
                var iterator = listening.makeAsyncIterator()
                guard let first = await iterator.next()?.first, let second = await iterator.next()?.first else {
                    throw ServerUnderTest.NotListening()
                }
                let (address, control) = first.isTCP ? (first, second) : (second, first)
                try await body(WebSite(folder: folder, address: address, control: control))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            running.cancel()
            let end = await running.result
            await console.catalog.close()
            try end.get()
            try result.get()
        }
    }

    private static func console(
        _ folder: String, http: [String], tokens: [String], more: [String]
    ) async throws -> Console {
        let path = folder + "/nightjar.yaml"
        var lines = [
            "state_dir: \"\(folder)/state\"", "scratch_dir: \"\(folder)/scratch\"",
            "control_socket: \"\(folder)/control.sock\"",
            "stores: {disk: {type: directory, path: \"\(folder)/store\"}}",
            "databases: {shop: {sqlite: \"\(folder)/shop.db\"}}",
            "http:", "  listen: \"127.0.0.1:0\"",
        ]
        if !tokens.isEmpty {
            lines.append("  tokens:")
            lines += tokens.map { "    - {name: \($0), token: \(token($0)), scope: \($0)}" }
        }
        lines += http.map { "  \($0)" } + more
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        let appliance = Appliance(try Configuration.load(path: path, environment: [:]))
        let catalog = try await appliance.openCatalog { _ in }
        let daemon = Daemon(
            configurationPath: path, environment: [:], appliance: appliance, catalog: catalog,
            clock: try SystemClock(), manager: ServiceManager(environment: [:]),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return Console(daemon: daemon, catalog: catalog)
    }

    /// Sends one request, and gives its answer.
    func ask(
        _ target: String, as name: String? = nil, basic: Bool = false, fields: [String] = [], body: String? = nil,
        at place: BoundAddress? = nil
    ) async throws -> RawClient.Answer {
        try await ask(target, token: name.map { Self.token($0) }, basic: basic, fields: fields, body: body, at: place)
    }

    func ask(
        _ target: String, token: String?, basic: Bool = false, fields: [String] = [], body: String? = nil,
        at place: BoundAddress? = nil
    ) async throws -> RawClient.Answer {
        var lines = ["\(target) HTTP/1.1", "Host: nightjar.test"] + fields
        if let token {
            let pair = Data("anybody:\(token)".utf8).base64EncodedString()
            lines.append("Authorization: \(basic ? "Basic \(pair)" : "Bearer \(token)")")
        }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        let client = try RawClient(place ?? address)
        try client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try await client.answer(isHead: target.hasPrefix("HEAD "))
    }
}

extension BoundAddress {
    fileprivate var isTCP: Bool {
        if case .tcp = self { true } else { false }
    }
}
