import Model

/// What `verify:` says; nil is what it leaves open.
struct VerifyOptions {
    private static let hour = Duration.seconds(3600)
    private static let decade = Duration.seconds(3650 * 86_400)
    private static let sizes: ClosedRange<Int64> = (1 << 20)...(1 << 50)

    private var afterBackup: VerificationLevel?
    private var againEvery: Switchable<Duration>?
    private var budget: Switchable<Int64>?
    private var scratchLimit: Switchable<Int64>?
    private var drill: Switchable<Drill>?

    init() {}

    init(_ reader: NodeReader) {
        let mapping = reader.mapping(
            "{after_backup: …, again_every: …}",
            keys: ["after_backup", "again_every", "budget", "scratch_limit", "drill"])
        afterBackup = mapping?["after_backup"]?.choice(VerificationLevel.self)
        againEvery = mapping?["again_every"]?.orOff {
            $0.duration(in: Self.hour...Self.decade, spelled: "1h to 3650d, or off")
        }
        budget = mapping?["budget"]?.orOff { $0.size(in: Self.sizes, spelled: "1MiB to 1024TiB, or off") }
        scratchLimit = mapping?["scratch_limit"]?.orOff { $0.size(in: Self.sizes, spelled: "1MiB to 1024TiB, or off") }
        drill = mapping?["drill"]?.orOff { $0.drill() }
    }

    /// Puts what is said over what stands there. All parts count one by one, and a drill counts whole.
    /// - Parameter defaults: What was put there before; nil for the built-in defaults alone.
    func apply(to settings: inout VerifySettings, over defaults: VerifyOptions?) {
        if let afterBackup {
            // Who asks for no proof after a backup asks for none later either, unless `again_every` says so.
            if afterBackup == .none {
                settings.againEvery = nil
            } else if settings.afterBackup == .none, defaults?.againEvery == nil {
                settings.againEvery = VerifySettings.standardAgainEvery
            }
            settings.afterBackup = afterBackup
        }
        if let againEvery { settings.againEvery = againEvery.value?.components.seconds }
        if let budget { settings.budget = budget.value }
        if let scratchLimit { settings.scratchLimit = scratchLimit.value }
        if let drill { settings.drill = drill.value }
    }
}

extension NodeReader {
    fileprivate func drill() -> Drill? {
        guard let mapping = self.mapping("{command: […], timeout: …} or off", keys: ["command", "timeout"]) else {
            return nil
        }
        let hint = "command: [\"/usr/local/bin/check-shop\"]"
        let command = mapping.required("command", hint: hint)?.drillCommand()
        let day = Duration.seconds(86_400)
        let timeout = mapping["timeout"]?.duration(in: Duration.seconds(1)...day, spelled: "1s to 24h")
        return command.map { Drill(command: $0, timeout: timeout ?? Drill.standardTimeout) }
    }

    /// The absolute path of a program and its arguments: no shell stands between that would look for it.
    private func drillCommand() -> [String]? {
        let what = "a list of a program's absolute path and its arguments"
        guard let items = self.list(what) else { return nil }
        guard let first = items.first else {
            complain("`\(key)`: expected \(what), found an empty list")
            return nil
        }
        let program = first.text("a program's absolute path")
        if let program, !program.hasPrefix("/") { first.complainExpected("a program's absolute path first") }
        let arguments = items.dropFirst().compactMap { $0.text("an argument") }
        return program.map { [$0] + arguments }
    }
}
