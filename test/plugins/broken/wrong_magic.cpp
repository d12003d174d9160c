// Something else has the name.
extern "C" {
extern const char baton_plugin[512];
const char baton_plugin[512] = "not a plugin";
}
