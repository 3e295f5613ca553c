import Dump
import Glibc
import SQLite

extension RemoteSource {
    /// Whether a run's folder holds rows of a remote source that are not a snapshot yet.
    package static func isBeingRead(in folder: String) -> Bool { access("\(folder)/\(RunFiles.mirror)", F_OK) == 0 }

    /// How far the reading is whose rows lie in a run's folder: a number that grows with each chunk, also where a chunk is
    /// read once more and nothing is written but that it was the same. 0 where nothing was read.
    package static func progress(in folder: String) -> Int64 {
        let counting = """
            SELECT (SELECT coalesce(sum(readings), 0) FROM standings) * 4294967296
                + (SELECT count(*) FROM pieces JOIN standings USING (source) WHERE reading > readings)
            """
        guard isBeingRead(in: folder),
            let database = try? Database(path: "\(folder)/\(RunFiles.mirror)", access: .readWrite),
            let progress = try? database.integer(counting)
        else { return 0 }
        return progress
    }
}
