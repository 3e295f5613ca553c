import Appliance
import Catalog
import Foundation
import Glibc
import Logging
import Model
import SQLite
import Settings
import Synchronization

@testable import Web

/// An appliance with a database, its daemon at work, and its page and control socket, for as long as the process runs.
final class ServedSite: Sendable {
    /// The one of this process, made when it is asked for first.
    static let shared = Result { try ServedSite() }

    private static let folder =
        FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-fuzz.\(getpid())").path

    let page: String
    let control: String

    private init() throws {
        let folder = Self.folder
        atexit { try? FileManager.default.removeItem(atPath: ServedSite.folder) }
        page = "\(folder)/page.sock"
        control = "\(folder)/control.sock"
        let begun = Begun()
        let (page, control) = (page, control)
        Task.detached {
            do {
                let (daemon, catalog) = try await Self.daemon(folder, page: page, control: control)
                let console = Console(daemon: daemon, catalog: catalog)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for door in [Endpoint.Door.network, .control] {
                        let server = WebServer(
                            console: console, door: door, log: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() },
                            onListening: { _ in begun.signal(nil) })
                        group.addTask { try await server.run() }
                    }
                    group.addTask { try await daemon.run(open: { begun.signal(nil) }) }
                    try await group.waitForAll()
                }
            } catch {
                begun.signal(error)
            }
        }
        try begun.wait(for: 3)
    }

    private static func daemon(_ folder: String, page: String, control: String) async throws -> (Daemon, Catalog) {
        let path = "\(folder)/nightjar.yaml"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(
            """
            state_dir: \(folder)/state
            control_socket: \(control)
            stores: {disk: {type: directory, path: \(folder)/store}}
            databases: {shop: {sqlite: \(folder)/shop.db}}
            http:
              listen: "unix:\(page)"
              tokens: [{name: admin, token: token-of-the-admin-scope, scope: admin}]

            """.utf8
        ).write(to: URL(fileURLWithPath: path))
        let source = try Database(path: "\(folder)/shop.db", access: .create)
        try source.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, name); INSERT INTO item(name) VALUES ('a')")
        let appliance = Appliance(try Configuration.load(path: path, environment: [:]))
        let catalog = try await appliance.openCatalog { _ in }
        let daemon = Daemon(
            configurationPath: path, environment: [:], appliance: appliance, catalog: catalog,
            clock: try SystemClock(), manager: ServiceManager(environment: [:]),
            log: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
        return (daemon, catalog)
    }

    /// What a thread that no task needs waits for.
    private final class Begun: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        private let failure = Mutex<(any Error)?>(nil)

        func signal(_ error: (any Error)?) {
            if let error { failure.withLock { $0 = error } }
            semaphore.signal()
        }

        func wait(for count: Int) throws {
            for _ in 0..<count {
                semaphore.wait()
                if let error = failure.withLock({ $0 }) { throw error }
            }
        }
    }
}
