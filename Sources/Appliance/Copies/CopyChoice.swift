import Catalog
import Model
import Settings

extension Appliance {
    /// Of the copies of one backup, the one to look at.
    func preferred(_ copies: [BackupRecord]) -> BackupRecord? { ordered(copies).first }

    /// The copies of one backup: first those in stores that are configured, of these first that of which most was proved, and of
    /// equal ones the nearest.
    func ordered(_ copies: [BackupRecord]) -> [BackupRecord] {
        let order: [BackupProof] = [.proved, .checked, .unproved, .different]
        let names = configuration.nearestFirst.map(\.name)
        func rank(_ copy: BackupRecord) -> (Int, Int, Int) {
            let place = names.firstIndex(of: copy.store)
            return (place == nil ? 1 : 0, order.firstIndex(of: copy.proof) ?? order.count, place ?? names.count)
        }
        return copies.sorted { rank($0) < rank($1) }
    }
}
