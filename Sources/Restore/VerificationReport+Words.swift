import Model

/// What a report says, in lines that its text and its HTML share. Made without arithmetic that can overflow: a report
/// comes from a store, and its numbers need not be sensible ones.
extension VerificationReport {
    /// How it was done, and where.
    var circumstances: [String] {
        let source = sourceSQLiteVersion.map { "; the source was read by SQLite \($0)" } ?? ""
        let objects = CountText.format(Int64(objectsChecked), "object")
        var lines = ["Level \(level.rawValue), from \(startedAt.text) to \(finishedAt.text)"]
        if let consistency {
            let readings = CountText.format(Int64(consistency.readings), "reading")
            lines.append("What is proved of the source's state, by \(readings): \(consistency.words)")
        }
        lines.append("By \(tool), SQLite \(sqliteVersion), on \(host)\(source)")
        lines.append("\(objects), \(SizeText.format(bytesChecked)) read from the store")
        lines.append("Took \(DurationText.format(seconds: totalSeconds))")
        return lines + importLines
    }

    private var importLines: [String] {
        guard level == .restore, importSeconds > 0 else { return [] }
        let size = dumpBytes.map { ": \(SizeText.format($0)) of dump" } ?? ""
        let speed = importBytesPerSecond.map { ", \(SizeText.format($0)) a second" } ?? ""
        return ["Fetched and imported in \(DurationText.format(seconds: importSeconds))\(size)\(speed)"]
    }

    /// Each object with its parts.
    var objectLines: [String] {
        (objects ?? []).flatMap { object -> [String] in
            let size =
                object.sizeFound == object.sizeExpected
                ? SizeText.format(object.sizeFound)
                : "\(CountText.format(object.sizeFound)) bytes instead of \(CountText.format(object.sizeExpected))"
            let hashes =
                object.matches
                ? "SHA-256 as written" : "SHA-256 of \(CountText.format(Int64(object.partsChecked))) compared"
            let parts = object.partsDifferent.map { part in
                "\(object.key), part \(part.number), \(CountText.format(part.size, "byte")) from "
                    + "\(CountText.format(part.offset)) on: "
                    + "SHA-256 \(part.sha256Found) instead of \(part.sha256Expected)"
            }
            return ["\(object.key): \(size), \(CountText.format(Int64(object.parts), "part")), \(hashes)"] + parts
        }
    }

    /// What was restored besides rows; empty at level `checksum`.
    var checkLines: [String] {
        guard level == .restore else { return [] }
        var lines: [String] = []
        if let schemaObjects { lines.append("Schema: \(schemaObjects.words)") }
        if integrityCheck.isEmpty {
            lines.append("integrity_check: not run")
        } else {
            lines += integrityCheck.map { "integrity_check: \($0)" }
        }
        lines.append("foreign_key_check: \(foreignKeyWords)")
        return lines
    }

    /// `3 violations, which the source has too`.
    package var foreignKeyWords: String {
        let count = CountText.format(foreignKeyViolations, "violation")
        guard foreignKeyViolations > 0, tables.allSatisfy({ $0.matches }) else { return count }
        if consistency?.warning != nil {
            return "\(count); the digests are equal, so they come of what was read, which is not known to be one state"
        }
        let untold = foreignKeyViolationsUntold ?? 0
        if untold <= 0 { return "\(count); the digests are equal, so they are the source's own" }
        return "\(count); of \(CountText.format(untold)) only the application can tell whether the source has them"
    }
}

extension VerificationReport.Difference {
    /// `shop/dump_….sql.zst, part 3: the bytes are not those that were written`.
    package var line: String {
        guard let object else { return message }
        return "\(object)\(part.map { ", part \($0)" } ?? ""): \(message)"
    }
}

extension VerificationReport.DrillResult {
    /// `The drill /opt/shop/check ended with exit code 0 after 3.2 s.`
    var sentence: String { "T\(words.dropFirst())." }
}
