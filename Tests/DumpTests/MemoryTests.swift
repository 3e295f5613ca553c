import Testing

@testable import Pipeline

@Suite("The memory of a process that idles")
struct MemoryTests {
    @Test("is told apart by the lines of its mappings")
    func lines() {
        let code = "55e4c0a00000-55e4c3200000 r-xp 00400000 fe:00 1234                       /usr/bin/nightjar\n"
        #expect(Memory.codeRange(code) == 0x55e4_c0a0_0000..<0x55e4_c320_0000)
        #expect(Memory.codeRange(code.replacing("r-xp", with: "rw-p")) == nil)
        #expect(Memory.codeRange(code.replacing("/usr/bin/nightjar", with: "[vdso]")) == nil)
        #expect(Memory.codeRange("7f0000000000-7f0000001000 r-xp 00000000 00:00 0 \n") == nil)
        #expect(Memory.codeRange("nonsense") == nil)
    }

    @Test("comes back as it is wanted")
    func settling() {
        let words = (0..<1000).map { "word \($0)" }
        Memory.settle()
        Memory.settle()
        #expect(words.joined().count == 7890)
    }
}
