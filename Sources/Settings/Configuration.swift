import Age
import Model

/// What one configuration file and the files that it includes say, checked and complete.
package struct Configuration: Sendable, Equatable {
    /// The absolute path of the file.
    package var path: String
    /// Where the appliance keeps what it must not lose; absolute.
    package var stateDirectory: String
    /// Where snapshots and restored copies go for a while; absolute.
    package var scratchDirectory: String
    /// Runs at once, 1 to 64.
    package var concurrency: Int
    package var logFormat: LogFormat
    package var http: HTTPSettings
    /// The absolute path of the socket through which the command line asks the daemon; nil for none.
    package var controlSocket: String?
    /// In the order of the files; never empty.
    package var stores: [StoreSettings]
    /// What `expand` found when the configuration was read, or `look` later; may be empty.
    package var databases: [DatabaseSettings]
    /// The databases that have entries of their own, in the order of the files.
    package var explicitDatabases: [DatabaseSettings]
    /// The entries that stand for all files of a pattern, in the order of the files.
    package var patterns: [DatabasePattern]
    /// Whom events are told to, in the order of the files; may be empty.
    package var notify: [ChannelSettings]
    /// Which files the secrets were read from, in the order in which that was done.
    package var secretFiles: [SecretOrigin]
    /// The files that it was read from, the main one first, without their secrets; empty where it was read from none.
    package var sources: [ConfigurationSource] = []
    /// What is no mistake, but worth knowing, of what was read: one line each.
    package var readingNotes: [String]
    /// The same of what the patterns found.
    package var patternNotes: [String] = []

    /// - Parameters:
    ///   - databases: those that have entries of their own; what patterns find is not among them.
    ///   - notes: what reading found worth knowing; what patterns find is not among it.
    package init(
        path: String, stateDirectory: String, scratchDirectory: String, concurrency: Int = 1,
        logFormat: LogFormat = .text, http: HTTPSettings = HTTPSettings(), controlSocket: String? = nil,
        stores: [StoreSettings], databases: [DatabaseSettings], patterns: [DatabasePattern] = [],
        notify: [ChannelSettings] = [], secretFiles: [SecretOrigin] = [], notes: [String] = []
    ) {
        self.path = path
        self.stateDirectory = stateDirectory
        self.scratchDirectory = scratchDirectory
        self.concurrency = concurrency
        self.logFormat = logFormat
        self.http = http
        self.controlSocket = controlSocket
        self.stores = stores
        self.databases = databases
        explicitDatabases = databases
        self.patterns = patterns
        self.notify = notify
        self.secretFiles = secretFiles
        readingNotes = notes
    }

    /// What is no mistake, but worth knowing: one line each.
    package var notes: [String] { readingNotes + patternNotes }

    /// What opens encrypted backups, whatever database they are of; may be empty.
    package var identities: [AgeIdentity] {
        (databases + patterns.map(\.settings)).reduce(into: []) { found, database in
            for identity in database.encryption?.identities ?? [] where !found.contains(identity) {
                found.append(identity)
            }
        }
    }

    package func store(named name: String) -> StoreSettings? {
        stores.first { $0.name == name }
    }

    /// The stores, those on this machine before the others, else in the order of the files: what is near is read sooner.
    package var nearestFirst: [StoreSettings] { stores.filter(\.isNear) + stores.filter { !$0.isNear } }

    /// What is kept of a database in one of the stores; nil for everything.
    package func retention(of database: DatabaseSettings, in store: String) -> RetentionPolicy? {
        guard let own = self.store(named: store)?.retention else { return database.retention }
        return own.policy
    }

    package func database(named name: String) -> DatabaseSettings? {
        databases.first { $0.name == name }
    }

    /// Where a credential is sought that systemd did not pass.
    package static let standardSecretsFolder = "/etc/nightjar/secrets"

    /// Reads a configuration and everything that it refers to: included files, secrets, time zones, and the folders
    /// that patterns look into.
    ///
    /// - Parameters:
    ///   - path: The file; a relative path is taken from the working directory.
    ///   - environment: What `${VAR}`, `{env: …}`, `$STATE_DIRECTORY` and `$CREDENTIALS_DIRECTORY` are looked up in.
    ///   - secretsFolder: Where a credential is sought that is not in `$CREDENTIALS_DIRECTORY`.
    ///   - zoneFiles: Where time zones are read from.
    /// - Throws: all complaints at once.
    package static func load(
        path: String, environment: [String: String], secretsFolder: String = Configuration.standardSecretsFolder,
        zoneFiles: ZoneFiles = .standard
    ) throws(ConfigurationError) -> Configuration {
        var loader = ConfigurationLoader(
            path: FilePath.absolute(path),
            context: ReadingContext(environment: environment, secretsFolder: secretsFolder, zoneFiles: zoneFiles))
        return try loader.load()
    }
}
