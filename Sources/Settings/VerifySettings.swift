import Model

/// What `verify:` of a database says: how its backups are verified, and how often again.
package struct VerifySettings: Sendable, Equatable {
    /// The level at the end of a backup's run.
    package var afterBackup: VerificationLevel
    /// The age in seconds that no kept backup's last proof may pass, one hour to 3650 days; nil proves none again.
    package var againEvery: Int64?
    /// Stored bytes that may be fetched in a day for proving backups again; nil for as many as it takes.
    package var budget: Int64?
    /// Bytes that a restored scratch database may take; nil for what the disk has.
    package var scratchLimit: Int64?
    /// The user's own check of each restored scratch database.
    package var drill: Drill?
    /// Whether this appliance cannot open the backups that it makes: only their own runs can.
    package var lacksIdentity = false

    package init(
        afterBackup: VerificationLevel = .restore, againEvery: Int64? = VerifySettings.standardAgainEvery,
        budget: Int64? = nil, scratchLimit: Int64? = nil, drill: Drill? = nil
    ) {
        self.afterBackup = afterBackup
        self.againEvery = againEvery
        self.budget = budget
        self.scratchLimit = scratchLimit
        self.drill = drill
    }

    /// 30 days, in seconds.
    package static let standardAgainEvery: Int64 = 30 * 86_400

    /// The level at which backups are to be proved again: that of `after_backup`, and `restore` where nothing is verified
    /// then. Those that cannot be opened are checked.
    package var wantedLevel: VerificationLevel { afterBackup == .none ? .restore : afterBackup }

    /// The level that counts for how old a proof is.
    package var level: VerificationLevel { lacksIdentity ? .checksum : wantedLevel }

    /// `proved again every 30 days, at most 10.0 GiB a day`.
    package var routineText: String {
        let verb = level == .checksum ? "checked" : "proved"
        guard let againEvery else { return "never \(verb) again by itself" }
        let often = "\(verb) again every \(DurationText.spelled(seconds: againEvery))"
        return budget.map { "\(often), at most \(SizeText.format($0)) a day" } ?? often
    }
}

extension Drill {
    package static let standardTimeout = Duration.seconds(300)

    /// The program on one line, without its arguments: one of them may be a secret.
    package var shownProgram: String { Wording.path(command.first ?? "") }
}
