import Foundation
import Model
import Testing

@Suite("The names of backups") struct BackupNameTests {
    @Test("A backup's name is a JSON string, and nothing else is read as one")
    func backupName() throws {
        let id = BackupID(time: Timestamp(seconds: 1_773_541_800))
        let json = try JSONEncoder().encode([id])
        #expect(String(decoding: json, as: UTF8.self) == #"["dump_20260315-023000"]"#)
        let read = try JSONDecoder().decode([BackupID].self, from: json)
        #expect(read == [id])
        #expect(throws: DecodingError.self) {
            _ = try JSONDecoder().decode([BackupID].self, from: Data(#"["dump_1"]"#.utf8))
        }
    }
}
