import Model

/// What `alarm:` says; nil is what it leaves open.
struct AlarmOptions {
    struct Overdue {
        let missed: Int?
        let grace: Duration?
    }

    private var shrink: Switchable<ShrinkAlarm>?
    private var overdue: Switchable<Overdue>?

    init() {}

    init(_ reader: NodeReader) {
        let mapping = reader.mapping("{shrink: …, overdue: …}", keys: ["shrink", "overdue"])
        shrink = mapping?["shrink"]?.orOff { $0.shrinkAlarm() }
        overdue = mapping?["overdue"]?.orOff { $0.overdue() }
    }

    /// Puts what is said over what stands there. All parts count one by one.
    func apply(to settings: inout AlarmSettings) {
        if let shrink { settings.shrink = shrink.value }
        guard let overdue else { return }
        guard let said = overdue.value else {
            settings.overdue = nil
            return
        }
        let standing = settings.overdue ?? AlarmSettings.standardOverdue
        settings.overdue = OverdueAlarm(
            missed: said.missed ?? standing.missed, grace: said.grace ?? standing.grace)
    }
}

extension NodeReader {
    /// The part that may be lost: `50%`.
    fileprivate func shrinkAlarm() -> ShrinkAlarm? {
        let what = "a whole percentage from 1% to 99%, or off"
        guard let text = self.text(what) else { return nil }
        guard text.hasSuffix("%"), let percent = Int(text.dropLast()), (1...99).contains(percent) else {
            complainExpected(what)
            return nil
        }
        return ShrinkAlarm(tolerance: Double(percent) / 100)
    }

    fileprivate func overdue() -> AlarmOptions.Overdue? {
        guard let mapping = self.mapping("{missed: …, grace: …} or off", keys: ["missed", "grace"]) else { return nil }
        let month = Duration.seconds(30 * 86_400)
        return AlarmOptions.Overdue(
            missed: mapping["missed"]?.integer(in: 1...1000),
            grace: mapping["grace"]?.duration(in: Duration.zero...month, spelled: "0s to 30d"))
    }
}
