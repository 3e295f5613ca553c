import Model
import Testing

@Suite("A scope")
struct AccessScopeTests {
    @Test("includes the ones before it")
    func order() {
        #expect(AccessScope.allCases.map { $0.rawValue } == ["read", "export", "admin"])
        #expect(AccessScope.allCases.sorted(by: >) == [.admin, .export, .read])
        #expect(AccessScope.admin >= .export)
        #expect(AccessScope.export >= .export)
        #expect(!(AccessScope.read >= .export))
    }
}
