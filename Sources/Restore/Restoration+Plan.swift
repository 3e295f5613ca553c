import Dump
import Glibc
import Model
import Pipeline
import Storage

extension Restoration {
    /// What a restore would do, and what would keep it from that.
    package struct Plan: Sendable {
        /// A file that would be replaced.
        package struct Replaced: Sendable, Encodable {
            package let bytes: Int64
            package let owner: String
            package let group: String
            /// In octal digits.
            package let mode: String
            /// Whether this user can give the new file the same owner.
            package let keepsOwner: Bool
            /// What belongs to the old file and would be removed with it.
            package let journals: [String]
            /// Whether no process has it open; false where not every process could be looked into.
            package fileprivate(set) var isKnownToBeClosed = false
        }

        package var tables: [Manifest.TableRecord]
        /// Stored bytes of the dump.
        package var bytesToFetch: Int64
        /// Bytes on the target's disk.
        package var spaceNeeded: Int64
        /// nil where nobody can say.
        package var spaceFree: Int64?
        package var replaced: Replaced?
        /// What a person should know; one sentence each.
        package var notes: [String]
        package var obstacles: [any Failure]
    }

    /// Looks at the store and at the target, and changes neither.
    /// - Throws: Where the plan cannot be made: a table that is not in the backup, a store that is away, a damaged seek table.
    package func plan() async throws -> Plan {
        let selection = try options.tables.isEmpty ? nil : TableSelection(options.tables, in: manifest)
        let opened = self.opened
        let sources = try await DumpImport(dump: opened, progress: nil).sources(of: selection)
        var plan = Plan(
            tables: selection?.tables ?? manifest.tables, bytesToFetch: sources.reduce(0) { $0 + $1.size },
            spaceNeeded: selection.map { ScratchSpace.estimate(for: $0, in: manifest) }
                ?? ScratchSpace.needed(for: manifest),
            spaceFree: FreeSpace.available(for: options.target), replaced: nil,
            notes: manifest.consistencyNotes + (selection?.notes ?? []), obstacles: [])
        for object in manifest.objects {
            do {
                try await DumpObject(opened, object, asStored: true).checkSize()
            } catch let error as any Failure where error.code == .missing || error.code == .difference {
                plan.obstacles.append(error)
            }
        }
        let look = try await DedicatedThread.run(cancellation: Cancellation()) { [options] in
            RestoreTarget.look(at: options.target, force: options.force)
        }
        plan.replaced = look.replaced
        plan.notes += look.notes
        if let obstacle = look.obstacle { plan.obstacles.append(obstacle) }
        if selection == nil {
            do throws(NightjarError) {
                try ScratchSpace.require(for: manifest, atTarget: options.target)
            } catch {
                plan.obstacles.append(error)
            }
        }
        return plan
    }
}

extension RestoreTarget {
    /// What stands where a restore would make its file.
    struct Look: Sendable {
        var replaced: Restoration.Plan.Replaced?
        var notes: [String] = []
        /// Why the restore would be refused.
        var obstacle: NightjarError?
    }

    /// Looks at what a restore would find, and changes nothing.
    static func look(at path: String, force: Bool) -> Look {
        var look = Look()
        if force { look.replaced = replaced(path) }
        do throws(NightjarError) {
            let target = try RestoreTarget(path: path, force: force)
            look.notes = try OpenFiles.refuse(target.filesInPlace())
            look.replaced?.isKnownToBeClosed = look.notes.isEmpty
            if access(target.folder, W_OK | X_OK) != 0 { look.obstacle = target.unwritable(errno) }
        } catch {
            look.obstacle = error
        }
        return look
    }

    private static func replaced(_ path: String) -> Restoration.Plan.Replaced? {
        guard let facts = Self.facts(path), facts.st_mode & S_IFMT == S_IFREG else { return nil }
        return Restoration.Plan.Replaced(
            bytes: Int64(facts.st_size), owner: SourceAccess.userName(facts.st_uid),
            group: SourceAccess.groupName(facts.st_gid), mode: String(facts.st_mode & 0o777, radix: 8),
            keepsOwner: geteuid() == 0 || geteuid() == facts.st_uid,
            journals: sideSuffixes.map { path + $0 }.filter { Self.facts($0) != nil })
    }
}
