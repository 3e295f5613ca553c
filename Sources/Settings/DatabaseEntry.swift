import YAML

/// What one entry of `databases:` is about.
enum DatabaseEntry {
    case file(DatabaseSettings)
    case pattern(DatabasePattern)

    /// Reads one entry; nil after a complaint.
    static func read(_ reader: NodeReader, defaults: DatabaseOptions, stores: StoreChoice) -> DatabaseEntry? {
        let template = NameTemplate(reader.key)
        let hasValidName = reader.hasValidName(of: "database", judging: template?.name(of: "/x/x"))
        let keys = ["sqlite"] + DatabaseOptions.keys
        guard let mapping = reader.mapping("a database's settings such as {sqlite: /srv/shop.db}", keys: keys) else {
            return nil
        }
        let file = mapping.required("sqlite", hint: "sqlite: the path of the database's file")?.databasePath()
        let options = DatabaseOptions(mapping)
        let store = stores.store(for: reader, naming: options.store)
        let isNamedWell = file.map { fits(template, $0, of: reader) } ?? false
        guard hasValidName, isNamedWell, let path = file, let storeName = store else { return nil }

        var settings = DatabaseSettings(name: reader.key, sqlitePath: path.text, storeName: storeName)
        defaults.apply(to: &settings)
        options.apply(to: &settings, over: defaults)
        if options.zone == nil && defaults.zone == nil { settings.zone = reader.context.machineZone }
        guard let template else { return .file(settings) }
        let place = "\(reader.file):\(reader.keyMark.line):\(reader.keyMark.column)"
        return .pattern(DatabasePattern(name: template, glob: path.text, settings: settings, place: place))
    }

    /// Whether a pattern has a name for each of its files, and a single file a name of its own.
    private static func fits(_ template: NameTemplate?, _ path: DatabasePath, of reader: NodeReader) -> Bool {
        let meaning = "{stem} is a file's name without its extension, {dir} the name of its folder"
        if path.isPattern && template == nil {
            reader.complain(
                "\(Wording.quote(reader.key)): `sqlite` is a pattern, so the name must hold {stem} or {dir}",
                hint: "\(meaning), as in \"{dir}\": {sqlite: /srv/*/app.db}", at: reader.keyMark)
            return false
        }
        if !path.isPattern && template != nil {
            reader.complain(
                "\(Wording.quote(reader.key)): a name with {stem} or {dir} needs a pattern in `sqlite`",
                hint: "\(meaning), and `sqlite` names a single file", at: reader.keyMark)
            return false
        }
        return true
    }
}

/// What `sqlite` says.
private struct DatabasePath {
    /// Absolute.
    let text: String
    let isPattern: Bool
}

extension NodeReader {
    /// A path or a pattern; a relative one is taken from the file's folder.
    fileprivate func databasePath() -> DatabasePath? {
        guard let text = self.text("a path") else { return nil }
        guard PathPattern.isPattern(text) else {
            return DatabasePath(text: FilePath.resolve(text, in: folder), isPattern: false)
        }
        return DatabasePath(text: PathPattern.absolute(text, in: folder), isPattern: true)
    }
}
