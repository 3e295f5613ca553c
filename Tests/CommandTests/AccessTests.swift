import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

/// Two users of the system: one for the application, one for the service.
private let users = (application: TestUser(named: "www-data"), service: TestUser(named: "backup"))
private let canActAsOthers = geteuid() == 0 && users.application != nil && users.service != nil

@Suite(
    "An application can always write after its database was backed up",
    .enabled(if: canActAsOthers, "skipped: needs root, and the users www-data and backup, to act as two users"))
struct AccessTests {
    @Test("whoever may do what: the application writes afterwards, or the backup is refused", arguments: AccessCase.all)
    func sharedSource(_ access: AccessCase) async throws {
        try await withWorkbench { bench in
            let application = try await prepare(access, bench)
            var service = try #require(users.service)
            if access.isMember { service.groups = [application.user.group] }
            let executable = try await Executables.reachable(by: service, in: bench)

            var running: RunningCommand?
            switch access.application {
            case .stopped: try await application.write()
            case .running: running = try await application.startAndWait()
            case .killed: try await application.writeAndDie()
            }
            let before = Listing(bench.path + "/data")

            let outcome = try await bench.nightjar(
                "backup", Workbench.database, "--json", asUser: service, executable: executable)
            let after = Listing(bench.path + "/data")

            // Whatever was said, the application goes on.
            if let running { try await application.goOn(running) }
            try await application.write()
            #expect(bench.leftovers == [])

            if outcome.exitCode == 0 {
                let result = try #require(try outcome.answer(BackupAnswer.self).results.first)
                #expect(result.state == "proved")
                #expect(result.rows == 3)
            } else {
                #expect(!access.mustSucceed, "\(outcome)")
                let words = outcome.text + outcome.standardError
                #expect(words.contains("chgrp") || words.contains("chmod"), "lines to paste: \(outcome)")
                #expect(after == before, "a refused backup changes nothing")
                #expect(bench.objects == [])
            }
        }
    }

    @Test("root backs up anybody's source, and its owner can write afterwards", arguments: AccessCase.ofStrangers)
    func root(_ access: AccessCase) async throws {
        try await withWorkbench { bench in
            let application = try await prepare(access, bench, isRoots: true)
            var running: RunningCommand?
            switch access.application {
            case .stopped: try await application.write()
            case .running: running = try await application.startAndWait()
            case .killed: try await application.writeAndDie()
            }
            let result = try await bench.backUp()
            #expect(result.state == "proved")
            #expect(result.rows == 3)
            if let running { try await application.goOn(running) }
            try await application.write()
            for name in Workbench.contents(of: bench.path + "/data") {
                let status = try #require(FileStatus(bench.path + "/data/" + name))
                #expect(status.owner == application.user.id, "\(name) belongs to the application")
            }
        }
    }

    @Test("what root leaves behind in the service's state directory and store, the service can use")
    func rootWorksAsOwner() async throws {
        try await withWorkbench { bench in
            let everybodys = AccessCase.all.first { access in
                access.folder.mode == 0o777 && access.fileMode == 0o644 && access.journal == .delete
            }
            let access = try #require(everybodys)
            let application = try await prepare(access, bench)
            try await application.write()
            var service = try #require(users.service)
            service.groups = [application.user.group]
            let result = try await bench.backUp()
            #expect(result.state == "proved")
            for folder in [bench.state, bench.store] {
                let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
                #expect(!names.isEmpty)
                for name in names {
                    let status = try #require(FileStatus("\(folder)/\(name)"))
                    #expect(status.owner == service.id, "\(name) belongs to the service's user")
                }
            }
            let executable = try await Executables.reachable(by: service, in: bench)
            let again = try await bench.nightjar(
                "backup", Workbench.database, asUser: service, executable: executable)
            #expect(again.exitCode == 0, "\(again)")
        }
    }

    @Test("several backups in a row, the application writing between them, in the recommended set-up")
    func takesTurns() async throws {
        try await withWorkbench { bench in
            let access = try #require(AccessCase.all.first { $0.mustSucceed && $0.journal == .wal })
            let application = try await prepare(access, bench)
            var service = try #require(users.service)
            service.groups = [application.user.group]
            let executable = try await Executables.reachable(by: service, in: bench)
            for _ in 0..<3 {
                try await application.write()
                let outcome = try await bench.nightjar(
                    "backup", Workbench.database, asUser: service, executable: executable)
                #expect(outcome.exitCode == 0, "\(outcome)")
                try await application.writeAndDie()
                let again = try await bench.nightjar(
                    "backup", Workbench.database, asUser: service, executable: executable)
                #expect(again.exitCode == 0, "\(again)")
            }
            try await application.write()
        }
    }

    /// Gives the source's folder and file the case's owner and modes; the application has made the file.
    /// - Parameter isRoots: Whether state and store are root's, and not the service's.
    private func prepare(
        _ access: AccessCase, _ bench: Workbench, isRoots: Bool = false
    ) async throws -> PlayedApplication {
        let user = try #require(users.application)
        let service = try #require(users.service)
        if !isRoots { try bench.handOver(to: service) }
        let signs = bench.path + "/signs"
        try #require(mkdir(signs, 0o777) == 0)
        try #require(chmod(signs, 0o777) == 0)
        try #require(chmod(bench.path, 0o755) == 0)

        let data = bench.path + "/data"
        try #require(chown(data, user.id, user.group) == 0)
        try #require(chmod(data, access.folder.mode) == 0)
        let application = PlayedApplication(user: user, source: bench.source, signs: signs)
        try await application.create(access.journal)
        try #require(chmod(bench.source, access.fileMode) == 0)
        return application
    }
}

/// The files of a folder with all that a stranger could have changed.
private struct Listing: Equatable {
    private let files: [String: FileStatus]

    init(_ folder: String) {
        var files: [String: FileStatus] = [:]
        for name in Workbench.contents(of: folder) { files[name] = FileStatus("\(folder)/\(name)") }
        self.files = files
    }
}
