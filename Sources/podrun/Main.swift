@main
struct Podrun {
    static func main() {
        print("podrun")
    }
}
