import Age
import Dump
import FoundationEssentials
import Model
import Restore
import Settings
import Storage
import Synchronization

/// Keeps the configuration beside the backups: in each store that a run has written to, whenever it is another one than
/// there.
struct ConfigurationKeeping: Sendable {
    /// So many are kept of each store.
    private static let kept = 20
    /// Seconds after which a store is asked whether it still has what it was given.
    private static let trust: Int64 = 86_400

    /// What a store has, and since when that is known.
    private struct Note: Codable {
        var digest: String
        var at: Timestamp
    }

    let appliance: Appliance

    /// - Parameter store: The store's name; it belongs to this appliance.
    func keep(in store: String) async throws {
        let configuration = appliance.configuration
        // Somebody who has no file has nothing to lose.
        guard !configuration.path.isEmpty else { return }
        guard !configuration.sources.isEmpty else {
            throw NightjarError(
                .configuration, "the secrets in \(configuration.path) cannot be told from the rest",
                hint: "Write them as {credential: NAME}.")
        }
        let state = try StateDirectory(path: configuration.stateDirectory)
        var now = KeptConfiguration(
            appliance: try state.applianceID(), host: HostName.current, tool: Tool.name, writtenAt: .now,
            stateDirectory: configuration.stateDirectory,
            claimed: StateDirectory.claimedStores(in: state.path).lines.sorted(), recipients: recipients, store: store,
            main: configuration.path, files: configuration.sources)
        let opened = try appliance.stores.store(named: store)
        let file = "\(state.path)/kept-configurations"
        let note = notes(file)[opened.location]
        if let note, note.digest == now.digest, (0..<Self.trust).contains(now.writtenAt.seconds - note.at.seconds) {
            return
        }
        var keys = try await opened.keptConfigurations()
        if keys.last.flatMap({ KeptConfiguration.digest(of: $0) }) != now.digest {
            // A clock that was set back must not hide it behind older ones.
            if let last = keys.last.flatMap({ KeptConfiguration.time(of: $0) }), last >= now.writtenAt {
                now.writtenAt = Timestamp(seconds: last.seconds + 1)
            }
            _ = try await opened.create(now.key, Part(bytes: try now.document()))
            keys.append(now.key)
        }
        // What is encrypted from now on is not to lie there for everybody beside that.
        let open = now.recipients.isEmpty ? [] : keys.filter { !KeptConfiguration.isEncrypted($0) }
        for old in Set(keys.dropLast(Self.kept) + open) { _ = try await opened.deleteUnlessLocked(old) }
        try keep(Note(digest: now.digest, at: .now), of: opened.location, in: file)
    }

    /// Runs of several databases, and each of its stores, may be at it at the same time.
    private static let writing = Mutex(())

    private func keep(_ note: Note, of location: String, in file: String) throws {
        try Self.writing.withLock { _ in
            var notes = notes(file)
            notes[location] = note
            try SmallFile.replace(file, Array(try JSONText.encoder.encode(notes)))
        }
    }

    /// By the stores' locations.
    private func notes(_ file: String) -> [String: Note] {
        let bytes = (try? SmallFile.readAll(file)) ?? nil
        return bytes.flatMap { try? JSONDecoder().decode([String: Note].self, from: Data($0)) } ?? [:]
    }

    /// Of all databases that are encrypted: what it says of one of them is nothing to a stranger.
    private var recipients: [String] {
        let databases = appliance.configuration.databases + appliance.configuration.patterns.map(\.settings)
        return databases.reduce(into: []) { found, database in
            for recipient in database.encryption?.recipients ?? [] where !found.contains(recipient.description) {
                found.append(recipient.description)
            }
        }
    }
}

extension ObjectStore {
    /// The names of the configurations that are kept there, the newest last.
    func keptConfigurations() async throws -> [String] {
        var keys: [String] = []
        var after: ListPosition?
        repeat {
            let page = try await list(prefix: KeptConfiguration.prefix, after: after, limit: 1000)
            keys += page.objects.map(\.key).filter { KeptConfiguration.isKey($0) }
            after = page.next
        } while after != nil
        return keys.sorted()
    }
}
