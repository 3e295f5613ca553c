import Glibc
import Model

/// The machine's own time zone: what `timezone` is where nobody says it.
extension TimeZones {
    /// The zone that `/etc/localtime` links to, which is the one that cron uses; where it is no such link, the zone
    /// that `/etc/timezone` names; otherwise UTC, as the C library has it. The note says why where UTC is a makeshift.
    func machineZone() -> (zone: TimeZoneRules, note: String?) {
        guard let name = linkedName() ?? writtenName() else {
            guard access(files.localtime, F_OK) == 0 else { return (.utc, nil) }
            return (
                .utc,
                "the name of this machine's time zone is not known, as \(files.localtime) is no link to a zone: "
                    + "databases without `timezone` are in UTC"
            )
        }
        do throws(Problem) {
            return (try zone(named: name), nil)
        } catch {
            let reason =
                switch error {
                case .malformed, .unknown: "there is no such zone"
                case .notInstalled: "tzdata is not installed"
                case .unreadable(let problem): "its file \(problem.text)"
                case .unusable(let problem): problem.message
                }
            return (
                .utc,
                "this machine's time zone \(Wording.quote(name)) cannot be used, as \(reason): "
                    + "databases without `timezone` are in UTC"
            )
        }
    }

    /// `Europe/Berlin` of a link to `/usr/share/zoneinfo/Europe/Berlin`.
    private func linkedName() -> String? {
        let size = 4096
        var buffer = [CChar](repeating: 0, count: size)
        let count = readlink(files.localtime, &buffer, size)
        guard count > 0 else { return nil }
        let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let segments = target.split(separator: "/")
        guard let folder = segments.lastIndex(of: "zoneinfo"), folder + 1 < segments.count else { return nil }
        return segments[(folder + 1)...].joined(separator: "/")
    }

    /// The first word of the file.
    private func writtenName() -> String? {
        do throws(FileContents.Problem) {
            let bytes = try FileContents(path: files.timezone, limit: 4096).bytes
            let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            return words.first.map { String($0) }
        } catch {
            return nil
        }
    }
}
