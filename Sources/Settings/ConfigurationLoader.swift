import Model
import YAML

/// Reads the main file, then the included ones, and puts together what they say.
struct ConfigurationLoader {
    private static let sections = [
        "state_dir", "scratch_dir", "include", "concurrency", "log", "http", "control_socket", "stores", "defaults",
        "databases", "notify",
    ]
    private static let standardStateDirectory = "/var/lib/nightjar"

    private let path: String
    private let context: ReadingContext
    private var stores = NamedEntries(noun: "store")
    private var databases = NamedEntries(noun: "database")
    private var notify = ChannelList()

    init(path: String, context: ReadingContext) {
        self.path = path
        self.context = context
    }

    mutating func load() throws(ConfigurationError) -> Configuration {
        let (main, identity) = try mainFile()
        let mapping = main?.mapping("the configuration's sections", keys: Self.sections)
        let stateDirectory = mapping?["state_dir"]?.path() ?? standardStateDirectory
        let scratchDirectory = mapping?["scratch_dir"]?.path() ?? "\(stateDirectory)/scratch"
        let concurrency = mapping?["concurrency"]?.integer(in: 1...64) ?? 1
        let log = section("log", of: mapping)?.mapping("{format: text} or {format: json}", keys: ["format"])
        let logFormat = log?["format"]?.choice(LogFormat.self) ?? .text
        let http = section("http", of: mapping).map { HTTPSettings.read($0) } ?? HTTPSettings()
        let controlSocket = self.controlSocket(mapping, stateDirectory: stateDirectory, besides: http.listen)
        let defaults = section("defaults", of: mapping).flatMap { DatabaseOptions.read($0) } ?? DatabaseOptions()
        collect(mapping)
        if let include = section("include", of: mapping) {
            for file in Include.files(include, besides: identity) { collect(file) }
        }

        var readStores = stores.entries.compactMap { StoreSettings.read($0) }
        var storeNames = stores.entries.map { $0.key }
        if storeNames.isEmpty {
            readStores = [StoreSettings(name: "local", kind: .directory(path: "\(stateDirectory)/backups"))]
            storeNames = ["local"]
        }
        let storeChoice = StoreChoice(
            names: storeNames, stores: readStores, isComplete: !context.lacksNames, standard: defaults.store)
        storeChoice.checkDefault()
        var explicit: [DatabaseSettings] = []
        var patterns: [DatabasePattern] = []
        for entry in databases.entries {
            switch DatabaseEntry.read(entry, defaults: defaults, stores: storeChoice) {
            case .single(let settings)?: explicit.append(settings)
            case .pattern(let pattern)?: patterns.append(pattern)
            case nil: break
            }
        }
        let channels = notify.read(zone: defaults.zone)
        guard context.complaints.isEmpty else { throw ConfigurationError(complaints: context.complaints) }
        var configuration = Configuration(
            path: path, stateDirectory: stateDirectory, scratchDirectory: scratchDirectory, concurrency: concurrency,
            logFormat: logFormat, http: http, controlSocket: controlSocket, stores: readStores, databases: explicit,
            patterns: patterns, notify: channels.map { $0.settings }, secretFiles: context.secretFiles)
        let expansion = configuration.expand()
        configuration.databases = expansion.databases
        configuration.patternNotes = expansion.notes
        for channel in channels { channel.note(expansion.databases.map { $0.name }) }
        configuration.readingNotes = context.notes
        configuration.sources = context.sources
        return configuration
    }

    /// systemd's variable may name several folders; the first is the service's own.
    private var standardStateDirectory: String {
        guard let first = context.environment["STATE_DIRECTORY"]?.split(separator: ":").first,
            first.hasPrefix("/")
        else { return Self.standardStateDirectory }
        return FilePath.absolute(String(first))
    }

    /// The path, nil where there is none.
    private func controlSocket(
        _ mapping: MappingReader?, stateDirectory: String, besides listen: HTTPSettings.Listen
    ) -> String? {
        let reader = mapping?["control_socket"]
        var path = SocketPath.standardControl(stateDirectory: stateDirectory, standard: Self.standardStateDirectory)
        if let reader { path = reader.controlSocket()?.value }
        if let path, listen == .unix(path: path), let named = reader ?? mapping?["http"] {
            named.complain(
                "the control socket is the socket of `http`, too: \(path)",
                hint: "whoever reaches it needs no token, so it has to be one of its own")
        }
        return path
    }

    /// The main file's root, nil when the file says nothing or is not YAML.
    private func mainFile() throws(ConfigurationError) -> (NodeReader?, FileContents.Identity) {
        do throws(FileContents.Problem) {
            let contents = try FileContents(path: path, limit: ConfigurationFile.limit)
            return (ConfigurationFile.root(of: contents, path: path, context: context), contents.identity)
        } catch {
            let hint = error.isMissing ? "nightjar init writes one" : nil
            context.complain(path, nil, "the configuration \(error.text)", hint: hint)
            throw ConfigurationError(complaints: context.complaints)
        }
    }

    /// Remembers the entries of one file.
    private mutating func collect(_ mapping: MappingReader?) {
        if let found = section("stores", of: mapping) { stores.add(found) }
        if let found = section("databases", of: mapping) { databases.add(found) }
        if let found = section("notify", of: mapping) { notify.add(found) }
    }

    /// A section that says something: all of its lines may be commented out.
    private func section(_ key: String, of mapping: MappingReader?) -> NodeReader? {
        guard let found = mapping?[key], !found.isNothing else { return nil }
        return found
    }
}

/// The entries of a section over all files: each name once.
private struct NamedEntries {
    let noun: String
    private(set) var entries: [NodeReader] = []

    init(noun: String) {
        self.noun = noun
    }

    mutating func add(_ section: NodeReader) {
        guard let found = section.entries("a mapping from names to \(noun)s") else {
            section.context.lacksNames = true
            return
        }
        for entry in found {
            if let first = entries.first(where: { $0.key == entry.key }) {
                entry.complain(
                    "duplicate \(noun) \(Wording.quote(entry.key)); the first one is at"
                        + " \(first.file):\(first.keyMark.line)",
                    at: entry.keyMark)
            } else {
                entries.append(entry)
            }
        }
    }
}
