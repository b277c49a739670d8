#pragma once
// All methods in one include, for the HTTP layer.
#include "davit/engine/copy_move.hpp"
#include "davit/engine/get.hpp"
#include "davit/engine/lock.hpp"
#include "davit/engine/mkcol.hpp"
#include "davit/engine/propfind.hpp"
#include "davit/engine/proppatch.hpp"
#include "davit/engine/put.hpp"
#include "davit/engine/put_part.hpp"
#include "davit/engine/remove.hpp"
