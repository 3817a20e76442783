import Glibc
import PodImages
import PodLinux
import PodModel
import PodPlanning
enum PodValidation { static func errors(in pod: Pod) -> [FieldError] { [] } }
struct FieldError { var text: String }
final class ImageStore { init(directory: String) {}; func resolve(_ r: ImageReference) throws -> ImageFacts? { nil } }
