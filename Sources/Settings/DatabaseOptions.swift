import Model
import YAML

/// What `defaults:` or one database says; nil is what it leaves open.
struct DatabaseOptions {
    static let keys = [
        "store", "schedule", "timezone", "jitter", "catch_up", "format", "compression", "chunk_rows", "breathing",
        "snapshot", "snapshot_max_lock", "busy_timeout", "verify", "exclude", "retention", "alarm",
        "encryption",
    ]

    private static let shortestWork = Duration.milliseconds(10)
    private static let hour = Duration.seconds(3600)
    private static let halfDay = Duration.seconds(43_200)
    private static let day = Duration.seconds(86_400)

    /// Kept with its place, since it can be checked only when all files are read.
    var store: NodeReader?
    var schedule: Switchable<Schedule>?
    var zone: TimeZoneRules?
    var jitter: Duration?
    var catchUp: Bool?
    var format: DumpFormat?
    var compression: Compression?
    var chunkRows: Int?
    var breathingWork: Duration?
    var breathingPause: Duration?
    var snapshot: SnapshotMethod?
    var snapshotMaxLock: Duration?
    var busyTimeout: Duration?
    var verify = VerifyOptions()
    var exclude: [String]?
    var retention: Switchable<RetentionPolicy>?
    var alarm = AlarmOptions()
    var encryption: Switchable<EncryptionSettings>?

    init() {}

    /// Reads `defaults:`; nil when it is no mapping.
    static func read(_ reader: NodeReader) -> DatabaseOptions? {
        reader.mapping("a mapping with any key of a database", keys: keys).map { DatabaseOptions($0) }
    }

    init(_ mapping: MappingReader) {
        store = mapping["store"]
        schedule = mapping["schedule"]?.orOff { $0.schedule() }
        zone = mapping["timezone"]?.timeZone()
        jitter = mapping["jitter"]?.duration(in: Duration.zero...Self.halfDay, spelled: "0s to 12h")
        catchUp = mapping["catch_up"]?.boolean()
        format = mapping["format"]?.choice(DumpFormat.self)
        compression = mapping["compression"]?.compression()
        chunkRows = mapping["chunk_rows"]?.integer(in: 1...1_000_000)
        let breathing = mapping["breathing"]?.mapping("{work: …, pause: …}", keys: ["work", "pause"])
        breathingWork = breathing?["work"]?.duration(in: Self.shortestWork...Self.day, spelled: "10ms to 1d")
        breathingPause = breathing?["pause"]?.duration(in: Duration.zero...Self.day, spelled: "0s to 1d")
        snapshot = mapping["snapshot"]?.snapshotMethod()
        snapshotMaxLock = mapping["snapshot_max_lock"]?.duration(in: Duration.zero...Self.hour, spelled: "0s to 1h")
        busyTimeout = mapping["busy_timeout"]?.duration(in: Duration.zero...Self.hour, spelled: "0s to 1h")
        if let reader = mapping["verify"] { verify = VerifyOptions(reader) }
        exclude = mapping["exclude"]?.patterns()
        retention = mapping["retention"]?.orOff { $0.retention() }
        if let reader = mapping["alarm"] { alarm = AlarmOptions(reader) }
        encryption = mapping["encryption"]?.orOff { $0.encryption() }
    }

    /// Puts what is said over what stands there. The parts of `breathing`, `verify` and `alarm` count one by one; `exclude`,
    /// `retention` and `encryption` count whole.
    /// - Parameter defaults: What was put there before; nil for the built-in defaults alone.
    func apply(to settings: inout DatabaseSettings, over defaults: DatabaseOptions? = nil) {
        if let schedule { settings.schedule = schedule.value }
        if let zone { settings.zone = zone }
        if let jitter { settings.jitter = jitter }
        if let catchUp { settings.catchUp = catchUp }
        if let format { settings.format = format }
        if let compression { settings.compression = compression }
        if let chunkRows { settings.chunkRows = chunkRows }
        if let breathingWork { settings.breathing.work = breathingWork }
        if let breathingPause { settings.breathing.pause = breathingPause }
        if let snapshot { settings.snapshot = snapshot }
        if let snapshotMaxLock { settings.snapshotMaxLock = snapshotMaxLock }
        if let busyTimeout { settings.busyTimeout = busyTimeout }
        verify.apply(to: &settings.verify, over: defaults?.verify)
        if let exclude { settings.exclude = exclude }
        if let retention { settings.retention = retention.value }
        alarm.apply(to: &settings.alarm)
        if let encryption { settings.encryption = encryption.value }
        settings.verify.lacksIdentity = settings.encryption.map { $0.identities.isEmpty } ?? false
    }
}

extension NodeReader {
    /// `zstd`, `gzip`, `none`, `{zstd: 9}` or `{gzip: 6}`.
    fileprivate func compression() -> Compression? {
        guard case .mapping = node.kind else {
            switch choice(among: ["zstd", "gzip", "none"]) {
            case "zstd": return .standard
            case "gzip": return .standardGzip
            case "none": return Compression.none
            default: return nil
            }
        }
        guard let entry = onlyEntry("{zstd: 1…19} or {gzip: 1…9}", keys: ["zstd", "gzip"]) else { return nil }
        if entry.key == "zstd" { return entry.integer(in: 1...19).map { Compression.zstd(level: $0) } }
        return entry.integer(in: 1...9).map { Compression.gzip(level: $0) }
    }

    /// How a file's snapshot is taken. What `mirror` does, databases behind an HTTP API do by themselves.
    fileprivate func snapshotMethod() -> SnapshotMethod? {
        let methods: [SnapshotMethod] = [.copy, .transaction]
        return choice(among: methods.map(\.rawValue)).flatMap { SnapshotMethod(rawValue: $0) }
    }

    fileprivate func patterns() -> [String]? {
        guard let items = self.list("a list of tables' names or patterns such as [\"tmp_*\"]") else { return nil }
        return items.compactMap { $0.text("a table's name or a pattern") }
    }
}
