import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

@Suite("A file gets a name only where it is free")
struct FreeNameTests {
    private static func move(_ name: String, _ target: String, in folder: String) -> Int32 {
        FreeName.move("\(folder)/\(name)", in: AT_FDCWD, to: "\(folder)/\(target)", in: AT_FDCWD)
    }

    @Test("and has that one alone then")
    func free() throws {
        try withTemporaryDirectory { folder in
            try Data("new".utf8).write(to: URL(fileURLWithPath: folder + "/temporary"))
            #expect(Self.move("temporary", "real", in: folder) == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["real"])
        }
    }

    @Test("and keeps its own where it is taken, be it by a link to nowhere")
    func taken() throws {
        try withTemporaryDirectory { folder in
            for name in ["temporary", "file"] {
                try Data(name.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
            #expect(symlink("nowhere", folder + "/link") == 0)
            for target in ["file", "link"] { #expect(Self.move("temporary", target, in: folder) == EEXIST) }
            #expect(try String(contentsOfFile: folder + "/file", encoding: .utf8) == "file")
            #expect(try String(contentsOfFile: folder + "/temporary", encoding: .utf8) == "temporary")
        }
    }

    @Test("and says what is wrong otherwise")
    func missing() throws {
        try withTemporaryDirectory { folder in
            #expect(Self.move("nothing", "real", in: folder) == ENOENT)
        }
    }
}
