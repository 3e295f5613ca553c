import Model
import YAML

/// When a database is backed up.
extension NodeReader {
    func schedule() -> Schedule? {
        let what = "a schedule such as \"17 3 * * *\", @daily or \"every 6h\", or off"
        guard let text = self.text(what) else { return nil }
        do throws(ScheduleError) {
            return try Schedule(parsing: text)
        } catch {
            // The parser's words show what it read, and that may be a variable's value.
            if text == node.text {
                complain("`\(key)`: \(error.message)", hint: error.hint)
            } else {
                complainExpected(what)
            }
            return nil
        }
    }

    func timeZone() -> TimeZoneRules? {
        let what = "a time zone's name such as Europe/Berlin"
        guard let name = self.text(what) else { return nil }
        let zones = context.timeZones
        do throws(TimeZones.Problem) {
            return try zones.zone(named: name)
        } catch {
            switch error {
            case .malformed:
                complainExpected(what, hint: zones.hint(for: name))
            case .unknown:
                complain(
                    "`\(key)`: there is no time zone \(Wording.quote(node.text ?? name))", hint: zones.hint(for: name))
            case .notInstalled:
                complain(
                    "`\(key)`: there are no time zones but UTC, as \(zones.files.folder) does not exist",
                    hint: "install tzdata: apt-get install tzdata")
            case .unreadable(let problem):
                complain("`\(key)`: the file of the time zone \(Wording.quote(node.text ?? name)) \(problem.text)")
            case .unusable(let problem):
                complain("`\(key)`: \(problem.message)", hint: problem.hint)
            }
            return nil
        }
    }
}
