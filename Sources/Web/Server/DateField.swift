import Glibc
import Model
import Synchronization

/// The `Date` field, written once a second.
final class DateField: Sendable {
    private let last = Mutex<(second: Int64, text: String)>((-1, ""))

    /// The text of this second.
    var text: String {
        let second = Int64(time(nil))
        return last.withLock { last in
            if last.second != second { last = (second, HTTPDate.text(Timestamp(seconds: second))) }
            return last.text
        }
    }
}
