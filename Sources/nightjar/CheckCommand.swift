import Appliance
import ArgumentParser
import Model
import Settings

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validate the configuration and print what will happen.",
        discussion: "Reads files and secrets, but touches neither sources nor stores; `doctor` does that.")

    private struct Result: Encodable {
        struct Database: Encodable {
            var name: String
            /// The file's path, or a service and where it is.
            var source: String
            /// `sqlite`, `starbasedb`, `d1` or `libsql`.
            var kind: String
            /// Of databases that offer no snapshot: how often what has changed while it was read is read again.
            var rereads: Int?
            /// The first of them.
            var store: String
            var stores: [String]
            var compression: String
            /// For whom; left out where backups are not encrypted.
            var recipients: [String]?
            /// Whether this appliance can open them; left out with `recipients`.
            var hasIdentity: Bool?
            var snapshot: String
            var verifyAfterBackup: String
            /// In seconds.
            var verifyAgainEvery: Int64?
            /// Bytes a day.
            var verifyBudget: Int64?
            var verifyScratchLimit: Int64?
            /// The program alone: an argument may be a secret.
            var verifyDrill: String?
            var exclude: [String]
            var schedule: String?
            var timezone: String
            var retention: String?

            init(_ database: DatabaseSettings) {
                name = database.name
                source = database.sqlitePath ?? database.shownSource
                kind = database.remote?.service.rawValue ?? "sqlite"
                rereads = database.remote?.countedRereads
                store = database.storeName
                stores = database.storeNames
                compression = database.compression.name
                recipients = database.encryption?.recipients.map(\.description)
                hasIdentity = database.encryption.map { !$0.identities.isEmpty }
                snapshot = database.snapshot.rawValue
                verifyAfterBackup = database.verify.afterBackup.rawValue
                verifyAgainEvery = database.verify.againEvery
                verifyBudget = database.verify.budget
                verifyScratchLimit = database.verify.scratchLimit
                verifyDrill = database.verify.drill?.shownProgram
                exclude = database.exclude
                schedule = database.schedule?.text
                timezone = database.zoneName
                retention = database.retention.map { "\($0)" }
            }
        }

        struct Channel: Encodable {
            var name: String
            var kind: String
            var host: String
            /// In words.
            var events: String
            var databases: [String]
            var digest: String?
        }

        struct HTTP: Encodable {
            var listen: String
            var publicUrl: String?
            /// How many there are.
            var tokens: Int
        }

        var file: String
        var stateDirectory: String
        var scratchDirectory: String
        var http: HTTP
        var controlSocket: String?
        var stores: [String: String]
        var notes: [String]
        var databases: [Database]
        var channels: [Channel]
    }

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let configuration = try options.loadConfiguration()
        let notes = configuration.notes + changedSecrets(configuration)
        if options.json {
            Output.json(result(configuration, notes))
            return
        }
        Output.line("\(configuration.path) is valid.")
        Output.line("State in \(configuration.stateDirectory), scratch files in \(configuration.scratchDirectory).")
        Output.line("http: \(http(configuration.http))")
        Output.line("control socket: \(configuration.controlSocket ?? "off")")
        for store in configuration.stores {
            let kept =
                switch store.retention {
                case nil: ""
                case .everything?: "; every backup is kept there"
                case .policy(let policy)?: "; kept there: \(policy)"
                }
            Output.line("store \(store.name): \(store.place)\(kept)")
        }
        for database in configuration.databases {
            Output.line("database \(database.name): \(database.shownSource) -> \(database.shownStores)")
            Output.line("  \(plan(database))")
            Output.line("  \(routine(database.verify))")
            Output.line("  \(schedule(database))")
        }
        for channel in configuration.notify { Output.line("channel \(channel.name): \(ChannelWords(channel).line)") }
        for note in notes { Output.line("Note: \(note)") }
        if configuration.databases.isEmpty { Output.line("No databases yet: add one under `databases:`.") }
    }

    /// What was written after a daemon had read it.
    private func changedSecrets(_ configuration: Configuration) -> [String] {
        guard let start = DaemonLock.start(in: configuration.stateDirectory) else { return [] }
        return configuration.secretFiles.compactMap { $0.note(forDaemonSince: start) }
    }

    private func http(_ settings: HTTPSettings) -> String {
        guard settings.listen != .off else { return "off" }
        let tokens =
            settings.tokens.isEmpty
            ? "no tokens, so serve makes one at its first start"
            : CountText.format(Int64(settings.tokens.count), "token")
        return "\(settings.listen), \(tokens)" + (settings.publicURL.map { ", public_url \($0)" } ?? "")
    }

    private func plan(_ database: DatabaseSettings) -> String {
        let proof =
            switch database.verify.afterBackup {
            case .restore: "proved by restoring it"
            case .checksum: "checked byte for byte, not proved"
            case .none: "not proved"
            }
        let exclude = database.exclude.isEmpty ? "" : "; without the tables \(database.exclude.joined(separator: ", "))"
        let reading = database.remote?.readingWords ?? "snapshot by \(database.snapshot.rawValue)"
        let encryption = database.encryption.map { ", \($0.words)" } ?? ""
        return
            "\(database.format.rawValue), \(database.compression.name)\(encryption), \(reading), each backup \(proof)"
            + exclude
    }

    private func routine(_ verify: VerifySettings) -> String {
        var parts = [verify.routineText]
        if let limit = verify.scratchLimit { parts.append("a restored copy takes at most \(SizeText.format(limit))") }
        if let drill = verify.drill {
            parts.append("drill: \(drill.shownProgram), at most \(DurationText.format(drill.timeout))")
        }
        return parts.joined(separator: "; ")
    }

    private func schedule(_ database: DatabaseSettings) -> String {
        let when = database.schedule.map { "\($0) in \(database.zoneName)" } ?? "only when asked"
        let kept = database.retention.map { "\($0)" } ?? "every backup is kept"
        return "schedule: \(when); \(kept)"
    }

    private func result(_ configuration: Configuration, _ notes: [String]) -> Result {
        Result(
            file: configuration.path, stateDirectory: configuration.stateDirectory,
            scratchDirectory: configuration.scratchDirectory,
            http: .init(
                listen: configuration.http.listen.description, publicUrl: configuration.http.publicURL,
                tokens: configuration.http.tokens.count),
            controlSocket: configuration.controlSocket,
            stores: Dictionary(
                configuration.stores.map { ($0.name, $0.place) }, uniquingKeysWith: { first, _ in first }),
            notes: notes,
            databases: configuration.databases.map { Result.Database($0) },
            channels: configuration.notify.map { channel in
                let words = ChannelWords(channel)
                return .init(
                    name: channel.name, kind: channel.kind.name, host: words.host, events: words.events,
                    databases: channel.databases, digest: words.digest)
            })
    }
}

extension StoreSettings {
    /// For people; holds no secrets.
    fileprivate var place: String {
        switch kind {
        case .directory(let path): prefix.isEmpty ? path : "\(path)/\(prefix)"
        case .s3(let settings): "s3://\(settings.bucket)/\(prefix) at \(settings.endpoint)"
        }
    }
}
