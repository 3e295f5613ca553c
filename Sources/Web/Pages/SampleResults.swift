import Appliance
import Model
import Synchronization

/// What came of the last sample on each channel since the start, so that the page can show it after its button was pressed.
final class SampleResults: Sendable {
    struct Entry: Sendable {
        let result: ChannelTest
        let at: Timestamp
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// By the channel's name.
    var all: [String: Entry] { entries.withLock { $0 } }

    /// Only channels that there are can be tried, so that there are never many.
    func keep(_ result: ChannelTest, at now: Timestamp) {
        entries.withLock { $0[result.channel] = Entry(result: result, at: now) }
    }
}
