import Glibc
import PodImages
import PodLinux
import PodModel
import PodPlanning
enum PodValidation { static func errors(in pod: Pod) -> [FieldError] { [] } }
struct FieldError { var text: String }
final class ImageStore { init(directory: String) {}; func resolve(_ r: ImageReference) throws -> ImageFacts? { nil } }
final class PodNetwork { init(paths: HostPaths, loop: EventLoop) throws {}
  func lease(_ uid: String) throws -> String { "10.85.0.2" }
  func connect(_ uid: String, ip: String, namespace: borrowing Descriptor, routeSocket: DescriptorBox, ports: [HostPort]) throws {}
  func disconnect(_ uid: String, completion: @escaping ((any Error)?) -> Void) { completion(nil) }
  func release(allBut: Set<String>) {}
  func isHostPortFree(_ p: HostPort) -> Bool { true } }
