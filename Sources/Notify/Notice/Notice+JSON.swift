import FoundationEssentials
import Model

extension Notice {
    /// As the outbox keeps it.
    package var json: String { PayloadJSON.text(self) }

    /// Reads what `json` wrote.
    /// - Throws: code `internal` where it is something else, or of a newer version.
    package init(json: String) throws(NightjarError) {
        do {
            self = try JSONDecoder().decode(Notice.self, from: Data(json.utf8))
        } catch {
            throw NightjarError(
                .internal, "a message in the outbox cannot be read",
                hint: "A newer Nightjar may have written it. Forget it with: nightjar notify drop ID", cause: error)
        }
    }
}
