package climate

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tables writes small tables of three countries, of which one lacks a pattern.
func tables(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, ssp2File, `ssp,iso3,year,gdp_ppp_bn_usd2005,pop_million
SSP1,AAA,2010,10,2
SSP1,AAA,2100,40,4
SSP1,BBB,2010,5,1
SSP1,BBB,2100,6,1
SSP1,CCC,2010,5,1
SSP1,CCC,2100,6,1
`)
	write(t, folder, temperatureFile, "iso3,country,temp_c_popweighted_1980_2010\nAAA,Aland,10\nBBB,Bland,25.5\nCCC,Cland,3\n")
	write(t, folder, patternFile, "iso3,country,ratio_to_global_mean\nAAA,Aland,1.5\nBBB,Bland,.9\n")
	return folder
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Small tables are joined; what is optional may be missing or there.
func TestRead(t *testing.T) {
	folder := tables(t)
	w, dropped, err := Read(folder, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Countries) != 2 || w.Countries[1] != (Country{"BBB", "Bland", 25.5, .9}) || len(dropped) != 1 || !strings.Contains(dropped[0], "CCC") || w.Models != nil {
		t.Errorf("countries %v, dropped %v", w.Countries, dropped)
	}
	if w.Income[0][0][0] != 5 || w.Income[0][0][1] != 10 || w.Population[0][0][1] != 4 {
		t.Errorf("income %v", w.Income)
	}
	write(t, folder, modelsFile, "iso3,model,rcp,t2010,t2100\nAAA,M,rcp85,10,12\nBBB,M,rcp85,25,27\nAAA,N,rcp85,10,16\nBBB,N,rcp85,25,27\nAAA,O,rcp85,0,1\nAAA,M,rcp45,1,2\n")
	write(t, folder, bootstraps[0].file, "run,temp,temp2,prec\n0,.01,-.0005,0\n1,.02,-.0006,0\n")
	if w, _, err = Read(folder, ReadOptions{}); err != nil {
		t.Fatal(err)
	}
	if len(w.Models) != 2 || math.Abs(w.Models[1][0]-1.5) > 1e-15 || w.Models[1][1] != 1 {
		t.Errorf("models %v", w.Models)
	}
	if r := w.Resamples[BHM]; len(r) != 1 || r[0][1] != -.0006 {
		t.Errorf("resamples %v", r)
	}
}

// Tables that are wrong say where.
func TestReadBadInput(t *testing.T) {
	head := "ssp,iso3,year,gdp_ppp_bn_usd2005,pop_million\n"
	for _, c := range []struct{ file, text, want string }{
		{ssp2File, "", "is empty"},
		{ssp2File, head, "has no rows"},
		{ssp2File, "ssp,iso,year,gdp_ppp_bn_usd2005,pop_million\nSSP1,A,2010,1,1\n", `no column "iso3" (nearest: iso)`},
		{ssp2File, "ssp,iso3,year,gdp,pop_million\nSSP1,A,2010,1,1\n", `begins with "gdp_ppp_bn"`},
		{ssp2File, head + "SSP1,AAA,2010,ten,2\n", `line 2, column gdp_ppp_bn_usd2005: "ten" is no number`},
		{ssp2File, head + "SSP1,AAA,2010,10,0\n", "line 2: GDP 10 and population 0"},
		{ssp2File, head + "SSP1,AAA,2010,10,1\nSSP1,AAA,2010,10,1\n", "line 3: AAA in SSP1, 2010, stands there twice"},
		{ssp2File, head + "SSP1,AAA,2010,10\n", "wrong number of fields"},
		{ssp2File, head + "SSP1,AAA,2010,10,1\n", "and 1 years"},
		{temperatureFile, "iso3,country,temp_c_popweighted_1980_2010\nAAA,A,1\n", "a world of 1 countries"},
		{temperatureFile, "iso3,country,temp_c_popweighted_1980_2010\nAAA,A,1\nBBB,B,\n", `line 3, column temp_c_popweighted_1980_2010: "" is no number`},
		{patternFile, "iso3,ratio_to_global_mean\nAAA,-1\nBBB,1\n", "warms by -1"},
		{modelsFile, "iso3,model,rcp,t2010,t2100\nAAA,M,rcp85,1,2\n", "no model has rcp85 of all 2"},
		{bootstraps[2].file, "run,temp,temp2\n1,2,3\n", `no column "temppoor"`},
	} {
		folder := tables(t)
		write(t, folder, c.file, c.text)
		if _, _, err := Read(folder, ReadOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.file, err, c.want)
		}
	}
	if _, _, err := Read(t.TempDir(), ReadOptions{}); err == nil || !strings.Contains(err.Error(), "ssp_v2") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, _, err := Read(tables(t), ReadOptions{Version: 4}); err == nil || !strings.Contains(err.Error(), "no version 4") {
		t.Errorf("version 4: %v", err)
	}
}
