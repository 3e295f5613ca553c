import Model
import YAML

/// What one entry of `databases:` is about.
enum DatabaseEntry {
    /// A database of its own: a file, or one behind an HTTP API.
    case single(DatabaseSettings)
    case pattern(DatabasePattern)

    private static let services = RemoteService.allCases.map(\.rawValue)
    private static let sources = ["sqlite"] + services
    /// Keys that say how a file is read.
    private static let fileKeys = ["snapshot", "snapshot_max_lock", "busy_timeout"]

    /// Reads one entry; nil after a complaint.
    static func read(_ reader: NodeReader, defaults: DatabaseOptions, stores: StoreChoice) -> DatabaseEntry? {
        let template = NameTemplate(reader.key)
        let hasValidName = reader.hasValidName(of: "database", judging: template?.name(of: "/x/x"))
        let keys = sources + DatabaseOptions.keys
        guard let mapping = reader.mapping("a database's settings such as {sqlite: /srv/shop.db}", keys: keys) else {
            return nil
        }
        let found = source(mapping)
        let options = DatabaseOptions(mapping)
        let chosen = stores.stores(for: reader, naming: options.store)
        let isNamedWell = found.map { fits(template, $0, of: reader) } ?? false
        guard hasValidName, isNamedWell, let found, let storeNames = chosen else { return nil }

        var settings = DatabaseSettings(name: reader.key, source: found.source, storeNames: storeNames)
        defaults.apply(to: &settings)
        if let service = settings.remote?.service { complete(&settings, of: service) }
        options.apply(to: &settings, over: defaults)
        if let service = settings.remote?.service { finish(&settings, of: service, mapping) }
        if options.zone == nil && defaults.zone == nil { settings.zone = reader.context.machineZone }
        guard let template, case .pattern(let glob) = found else { return .single(settings) }
        let place = "\(reader.file):\(reader.keyMark.line):\(reader.keyMark.column)"
        return .pattern(DatabasePattern(name: template, glob: glob, settings: settings, place: place))
    }

    /// Exactly one of the sources; nil after a complaint.
    private static func source(_ mapping: MappingReader) -> FoundSource? {
        let named = mapping.entries.filter { sources.contains($0.key) }
        guard let first = named.first else {
            mapping.complainMissing(
                "`sqlite` is missing",
                hint: "sqlite: the path of the database's file; or \(Wording.choice(services)) in its place")
            return nil
        }
        for other in named.dropFirst() {
            other.complain("give `\(first.key)` or `\(other.key)`, not both", at: other.keyMark)
        }
        guard let service = RemoteService(rawValue: first.key) else { return first.databasePath() }
        return RemoteSettings.read(first, of: service).map { FoundSource.remote($0) }
    }

    /// What a service's nature says, over what `defaults` say of all databases.
    private static func complete(_ settings: inout DatabaseSettings, of service: RemoteService) {
        settings.exclude.appendMissing(service.standardExclude)
        settings.snapshot = .mirror
    }

    /// What no word of the entry's own changes.
    private static func finish(
        _ settings: inout DatabaseSettings, of service: RemoteService, _ mapping: MappingReader
    ) {
        settings.exclude.appendMissing(service.unreadable)
        settings.snapshot = .mirror
        for key in fileKeys {
            guard let entry = mapping[key] else { continue }
            entry.complain(
                "`\(key)` goes with `sqlite`: \(service.title) is read through its HTTP API", at: entry.keyMark)
        }
    }

    /// Whether a pattern has a name for each of its files, and a single database a name of its own.
    private static func fits(_ template: NameTemplate?, _ found: FoundSource, of reader: NodeReader) -> Bool {
        let meaning = "{stem} is a file's name without its extension, {dir} the name of its folder"
        switch found {
        case .pattern where template == nil:
            reader.complain(
                "\(Wording.quote(reader.key)): `sqlite` is a pattern, so the name must hold {stem} or {dir}",
                hint: "\(meaning), as in \"{dir}\": {sqlite: /srv/*/app.db}", at: reader.keyMark)
            return false
        case .file where template != nil:
            reader.complain(
                "\(Wording.quote(reader.key)): a name with {stem} or {dir} needs a pattern in `sqlite`",
                hint: "\(meaning), and `sqlite` names a single file", at: reader.keyMark)
            return false
        case .remote where template != nil:
            reader.complain(
                "\(Wording.quote(reader.key)): a name with {stem} or {dir} needs a pattern in `sqlite`",
                hint: meaning, at: reader.keyMark)
            return false
        case .pattern, .file, .remote:
            return true
        }
    }
}

/// What an entry names as its source.
private enum FoundSource {
    /// An absolute path.
    case file(String)
    /// An absolute path with wildcards.
    case pattern(String)
    case remote(RemoteSettings)

    /// Of a pattern the pattern itself: each of its files is another one.
    var source: DatabaseSource {
        switch self {
        case .file(let path), .pattern(let path): .sqlite(path: path)
        case .remote(let settings): .remote(settings)
        }
    }
}

extension [String] {
    fileprivate mutating func appendMissing(_ others: [String]) {
        for other in others where !contains(other) { append(other) }
    }
}

extension NodeReader {
    /// A path or a pattern; a relative one is taken from the file's folder.
    fileprivate func databasePath() -> FoundSource? {
        guard let text = self.text("a path") else { return nil }
        guard PathPattern.isPattern(text) else { return .file(FilePath.resolve(text, in: folder)) }
        return .pattern(PathPattern.absolute(text, in: folder))
    }
}
