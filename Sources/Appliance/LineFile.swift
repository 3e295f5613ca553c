import Glibc
import Model
import Pipeline
import Settings
import Storage

/// Lines in a file of the state directory that are only ever added.
struct LineFile: Sendable {
    let path: String

    func contains(_ text: String) -> Bool { lines.contains(Self.line(text)) }

    /// In the order of adding.
    var lines: [String] {
        bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private var bytes: [UInt8] { (try? SmallFile.read(path)) ?? [] }

    /// Adds a line, unless it is there.
    /// - Throws: code `io` where it cannot be kept.
    func add(_ text: String) throws(NightjarError) {
        guard !contains(text) else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SmallFile.failure("open", path) }
        defer { close(descriptor) }
        // Of a line that was not written to its end nothing belongs to this one.
        let isCut = bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false
        let line = Array(((isCut ? "\n" : "") + Self.line(text) + "\n").utf8)
        // One write, where the disk has room: lines of two processes do not mix.
        guard line.withUnsafeBytes({ WholeWrite.write($0, to: descriptor) }), fdatasync(descriptor) == 0 else {
            throw SmallFile.failure("write", path)
        }
    }

    private static func line(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }
}

extension StateDirectory {
    /// The locations of stores that this appliance has written to.
    static func claimedStores(in stateDirectory: String) -> LineFile {
        LineFile(path: stateDirectory + "/claimed-stores")
    }

    /// Scratch directories in which runs have been begun: one that is configured no longer may hold what they left.
    static func scratchDirectories(in stateDirectory: String) -> LineFile {
        LineFile(path: stateDirectory + "/scratch-directories")
    }
}

extension Appliance {
    /// Who writes to a store, with what this appliance remembers of it.
    func ownership(of store: any ObjectStore) throws -> Ownership {
        let state = try StateDirectory(path: configuration.stateDirectory)
        return Ownership(
            store: store, applianceID: try state.applianceID(), claims: StateDirectory.claimedStores(in: state.path))
    }

    /// What an unfinished run of a database keeps.
    /// - Parameter scratchDirectory: nil for the one that is configured.
    func runFolder(of database: String, in scratchDirectory: String? = nil) throws -> RunFolder {
        let state = try StateDirectory(path: configuration.stateDirectory)
        return RunFolder(
            of: database, in: scratchDirectory ?? configuration.scratchDirectory, applianceID: try state.applianceID())
    }

    /// Backups of which runs have left something on this machine, in whatever scratch directory.
    func leftBackups(of database: String) throws -> Set<BackupID> {
        let known = StateDirectory.scratchDirectories(in: configuration.stateDirectory).lines
        let folders = Set(known + [configuration.scratchDirectory])
        return Set(
            try folders.compactMap { try runFolder(of: database, in: $0).facts.flatMap { BackupID($0.backup) } })
    }
}
