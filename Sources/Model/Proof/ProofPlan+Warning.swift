extension ProofPlan {
    /// What a person has to know, in one sentence; nil where everything is proved in time and will be.
    ///
    /// `3 of 400 backups have not been proved for more than 30 days: 12.0 GiB a day would be needed, verify.budget is
    /// 10.0 GiB`.
    ///
    /// - Parameter level: at which they are proved again. What passes `checksum` is called checked.
    package func warning(at level: VerificationLevel) -> String? {
        guard let againEvery else { return nil }
        let verb = level == .checksum ? "checked" : "proved"
        let span = DurationText.spelled(seconds: againEvery)
        let all = CountText.format(Int64(count), "backup")
        if late > 0 {
            let some = "\(CountText.format(Int64(late))) of \(all) \(late == 1 ? "has" : "have")"
            let found = "\(some) not been \(verb) for more than \(span)"
            return reasons.map { "\(found): \($0)" } ?? found
        }
        let some = count == 1 ? "the only backup" : "not all of \(all)"
        let end = count == 1 ? "not be \(verb)" : "be \(verb)"
        return reasons.map { "\(some) will \(end) again every \(span): \($0)" }
    }

    /// What there is too little of; nil where there is enough of all.
    private var reasons: String? {
        let texts = [shortage, timeShortage].compactMap { $0?.text }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }
}
