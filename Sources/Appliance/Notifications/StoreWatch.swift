import Catalog
import Dump
import Model
import Remote

/// Tells people once that a store cannot be reached, whatever fails for it, and once that it can again.
struct StoreWatch: Sendable {
    let catalog: Catalog
    /// The store's name in the configuration.
    let store: String

    /// Something that used the store has failed. A catalog that is away keeps nobody from saying so himself.
    func note(_ error: any Error) async {
        guard !Task.isCancelled, let trouble = Self.trouble(in: error) else { return }
        let now = Timestamp.now
        _ = try? await catalog.raise(
            storeTrouble: StoreTrouble(store: store, since: now, text: trouble.message),
            telling: EventRecord(
                at: now, kind: .storeUnreachable, text: "the store \(store) cannot be used: \(trouble.message)",
                hint: trouble.hint ?? "Nothing can be backed up there until it answers. Try it with: nightjar doctor"))
    }

    /// A run went on without the store, whatever the reason: what it lacks is copied to it later.
    func note(dropping error: any Error, of backup: String) async {
        let failure = RunFailure(describing: error)
        let now = Timestamp.now
        _ = try? await catalog.raise(
            storeTrouble: StoreTrouble(store: store, since: now, text: failure.message),
            telling: EventRecord(
                at: now, kind: .storeUnreachable,
                text: "the store \(store) did not take \(backup), which others have: \(failure.message)",
                hint: failure.hint
                    ?? "What it lacks is copied to it when it can be used again. Try it with: nightjar doctor"))
    }

    /// The store has done what was asked of it.
    func noteAnswer() async {
        guard let trouble = try? await catalog.storeTrouble(of: store) else { return }
        let now = Timestamp.now
        let seconds = max(0, now.seconds - trouble.since.seconds)
        let text = "the store \(store) can be used again, after \(DurationText.format(.seconds(seconds)))"
        _ = try? await catalog.clear(
            storeTrouble: store, telling: EventRecord(at: now, kind: .storeRecovered, text: text))
    }

    /// What says that a store is away, be it the cause of something else. A store says so itself; of the appliance's own
    /// words only a disk that is not mounted does. A service that does not give its database is no store.
    private static func trouble(in error: any Error) -> (any Failure)? {
        var trouble: (any Failure)?
        var next: (any Error)? = error
        while let error = next {
            if error is RemoteError { return nil }
            if trouble == nil, let failure = error as? any Failure, failure.code == .unreachable { trouble = failure }
            next = (error as? NightjarError)?.cause
        }
        return trouble
    }
}
