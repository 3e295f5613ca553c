/// What one configuration file and the files that it includes say, checked and complete.
package struct Configuration: Sendable, Equatable {
    /// The absolute path of the file.
    package var path: String
    /// Where the appliance keeps what it must not lose; absolute.
    package var stateDirectory: String
    /// Where snapshots and restored copies go for a while; absolute.
    package var scratchDirectory: String
    /// In the order of the files; never empty.
    package var stores: [StoreSettings]
    /// In the order of the files; may be empty.
    package var databases: [DatabaseSettings]

    package init(
        path: String, stateDirectory: String, scratchDirectory: String, stores: [StoreSettings],
        databases: [DatabaseSettings]
    ) {
        self.path = path
        self.stateDirectory = stateDirectory
        self.scratchDirectory = scratchDirectory
        self.stores = stores
        self.databases = databases
    }

    package func store(named name: String) -> StoreSettings? {
        stores.first { $0.name == name }
    }

    package func database(named name: String) -> DatabaseSettings? {
        databases.first { $0.name == name }
    }

    /// Where a credential is sought that systemd did not pass.
    package static let standardSecretsFolder = "/etc/nightjar/secrets"

    /// Reads a configuration and everything that it refers to: included files and secrets.
    ///
    /// - Parameters:
    ///   - path: The file; a relative path is taken from the working directory.
    ///   - environment: What `${VAR}`, `{env: …}`, `$STATE_DIRECTORY` and `$CREDENTIALS_DIRECTORY` are looked up in.
    ///   - secretsFolder: Where a credential is sought that is not in `$CREDENTIALS_DIRECTORY`.
    /// - Throws: all complaints at once.
    package static func load(
        path: String, environment: [String: String], secretsFolder: String = Configuration.standardSecretsFolder
    ) throws(ConfigurationError) -> Configuration {
        var loader = ConfigurationLoader(
            path: FilePath.absolute(path),
            context: ReadingContext(environment: environment, secretsFolder: secretsFolder))
        return try loader.load()
    }
}
